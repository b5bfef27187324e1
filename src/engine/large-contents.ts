import { createHash, randomBytes } from 'node:crypto'
import type { Volume } from '../disk/disk.js'
import { temporaryPath } from '../document/layout.js'
import { decodeExternal, encodeExternal } from '../document/record.js'
import { removeStaged } from './stage-stream.js'
import type { Operation } from './transaction.js'

/** What the frame says of contents that are not copied into it, by operation. */
export type StagedContents = Map<Operation, Uint8Array>

/**
 * Stages the contents over `inlineBytesMax` and adds them to `staged`. They are flushed before the frame that names
 * them: a crash before that frame leaves only a staged file.
 */
export async function stageLarge(
  volume: Volume,
  operations: readonly Operation[],
  inlineBytesMax: number,
  staged: StagedContents,
): Promise<void> {
  for (const operation of operations) {
    if (operation.kind === 'remove' || operation.staged !== undefined) continue
    if (staged.has(operation)) continue
    if (operation.bytes.length <= inlineBytesMax) continue
    const stagedPath = temporaryPath(randomBytes(8).toString('hex'))
    await volume.write(stagedPath, operation.bytes, { replace: false, flush: true })
    const digest = createHash('sha256').update(operation.bytes).digest()
    staged.set(operation, encodeExternal({ stagedPath, bytes: operation.bytes.length, digest }))
  }
}

/** Removes what was staged for a transaction of which no frame tells; a failure is announced, as recovery removes it too. */
export async function dropStaged(volume: Volume, staged: StagedContents): Promise<void> {
  for (const content of staged.values())
    await removeStaged(volume, decodeExternal(content).stagedPath)
}
