import type { OpenFile, Volume } from '../../disk/disk.js'
import { decodeExternal, OperationKind, type RecordOperation } from '../../format/record.js'
import type { JournalEntry } from './scan.js'
import { JournalOverlay } from './overlay.js'
import { lookAt, noteLost, type LossNotes } from '../recovery/redo-external.js'

/**
 * What is to be served in place of files that could not be written, and what of it is lost: a large content that is gone
 * or not what was written counts as removed.
 */
export async function serveFromJournal(
  volume: Volume,
  entries: readonly JournalEntry[],
  notes: LossNotes,
): Promise<JournalOverlay> {
  const overlay = new JournalOverlay(entries)
  for (const { operation, lsn, timeMs } of overlay.all()) {
    if (!operation.external) continue
    const { path } = operation
    const external = decodeExternal(operation.content)
    const staged = await lookAt(volume, external.stagedPath, external)
    if (staged === 'whole') continue
    const inPlace = await lookAt(volume, path, external)
    if (inPlace === 'whole') overlay.remove(path)
    else {
      const isGone = staged === 'absent' && inPlace === 'absent'
      noteLost(volume, { path, reason: isGone ? 'content_gone' : 'content_damaged' }, notes)
      const nothing = { kind: OperationKind.remove, content: new Uint8Array(0), external: false }
      overlay.set({ path, ...nothing }, lsn, timeMs)
    }
  }
  return overlay
}

/** The bytes a path has after redo, for a store that could not be recovered in place; undefined: it is gone. */
export async function contentAfterRedo(
  volume: Volume,
  operation: RecordOperation,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (operation.kind === OperationKind.remove) return undefined
  if (!operation.external) return operation.content
  const { stagedPath } = decodeExternal(operation.content)
  return (await volume.read(stagedPath, maxBytes)) ?? (await volume.read(operation.path, maxBytes))
}

/** As `contentAfterRedo`, to be read in pieces. `redone` is what redo would do with the path, if anything. */
export async function openCommitted(
  volume: Volume,
  redone: RecordOperation | undefined,
  path: string,
): Promise<OpenFile | undefined> {
  if (redone === undefined) return await volume.openFile(path)
  if (redone.kind === OperationKind.remove) return undefined
  if (!redone.external) return inMemory(redone.content)
  const { stagedPath } = decodeExternal(redone.content)
  return (await volume.openFile(stagedPath)) ?? (await volume.openFile(path))
}

function inMemory(content: Uint8Array): OpenFile {
  return {
    bytes: content.length,
    read: async (offset, length) => content.slice(offset, offset + length),
    close: async () => undefined,
  }
}
