import { createHash, randomBytes } from 'node:crypto'
import type { Volume } from '../../disk/disk.js'
import { stagedPath } from '../../format/layout.js'
import { decodeExternal, encodeExternal } from '../../format/record.js'
import type { OpenParts } from '../opening/open-directory.js'
import { removeStaged } from './stage-stream.js'
import { removesFiles, type Operation } from './transaction.js'

/** What the frame says of contents that are not copied into it, by operation. */
export type StagedContents = Map<Operation, Uint8Array>

/**
 * Stages the contents over `inlineBytesMax` and adds them to `staged`. They are flushed before the frame that names
 * them: a crash before that frame leaves only a staged file. What makes room may take the reserve's. Without a large
 * content it takes the same turns for every transaction, so that they are queued in the order of calls.
 */
export async function stageLarge(
  { volume, segments, retries }: Pick<OpenParts, 'volume' | 'segments' | 'retries'>,
  operations: readonly Operation[],
  staged: StagedContents,
): Promise<void> {
  for (const operation of operations) {
    if (operation.kind === 'remove' || operation.staged !== undefined) continue
    const { bytes } = operation
    if (bytes.length <= segments.inlineBytesMax) continue
    const write = async (): Promise<string> =>
      await retries.again('stage', operation.path, async () => await stageOnce(volume, bytes))
    const path = await (removesFiles(operations) ? segments.withReserve(write) : write())
    const digest = createHash('sha256').update(bytes).digest()
    staged.set(operation, encodeExternal({ stagedPath: path, bytes: bytes.length, digest }))
  }
}

/** Under a name of its own each time: what a failed attempt may have left has another one, and the next open sweeps it away. */
async function stageOnce(volume: Volume, bytes: Uint8Array): Promise<string> {
  const path = stagedPath(volume.sign, randomBytes(8).toString('hex'))
  await volume.write(path, bytes, { replace: false, flush: true })
  return path
}

/** Removes what was staged for a transaction of which no frame tells; a failure is announced, as recovery removes it too. */
export async function dropStaged(volume: Volume, staged: StagedContents): Promise<void> {
  for (const content of staged.values())
    await removeStaged(volume, decodeExternal(content).stagedPath)
}
