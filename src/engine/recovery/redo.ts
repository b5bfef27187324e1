import { nowMs } from '../../base/clock.js'
import { DiskError, hasNoSpace } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import { encodeRecord, OperationKind, type RecordOperation } from '../../format/record.js'
import type { LostFile } from '../../base/channels.js'
import { scanJournal, type JournalEntry } from '../journal/scan.js'
import { keepLost } from './lost-list-file.js'
import {
  noteLost,
  OBSTACLES,
  quarantinePath,
  redoExternal,
  type LossNotes,
} from './redo-external.js'

/** Up to this many bytes of records go to the disk in one hop. */
const REDO_BATCH_BYTES = 8 * 1024 * 1024
/** Up to this many files are flushed one by one; more are cheaper with one flush of the file system, if there is one. */
const FLUSH_EACH_MAX = 64
/** Files that are flushed one by one, in one hop: it has a deadline. */
const FLUSH_TOGETHER = 256

/** The result of the entries: each path's last operation. */
export function foldEntries(entries: readonly JournalEntry[]): Map<string, RecordOperation> {
  const last = new Map<string, RecordOperation>()
  for (const entry of entries) {
    for (const operation of entry.transactions.flat()) {
      last.delete(operation.path)
      last.set(operation.path, operation)
    }
  }
  return last
}

export interface RedoOptions extends LossNotes {
  readonly flushEach?: boolean
}

/**
 * Redo: makes the plain files match the journal, and flushes them. Files are rewritten, never compared: after a failed
 * writeback the page cache still shows new bytes where the disk holds old ones. Idempotent. A file that cannot be
 * restored does not stop it: it is noted as lost.
 */
export async function redo(
  volume: Volume,
  committer: Committer,
  operations: Iterable<RecordOperation>,
  options: RedoOptions,
): Promise<number> {
  const all = [...operations]
  const flushAll = options.flushEach === true ? undefined : volume.flushFileSystem
  const each = flushAll === undefined || all.length <= FLUSH_EACH_MAX
  const batchMax = each ? FLUSH_TOGETHER : Infinity
  const redoBatch = async (batch: readonly RecordOperation[]): Promise<void> =>
    await redoInline(volume, committer, batch, each, options)
  let batch: RecordOperation[] = []
  let bytes = 0
  for (const operation of all) {
    if (operation.external) {
      await redoExternal(volume, operation, options)
      continue
    }
    batch.push(operation)
    bytes += operation.content.length
    if (bytes < REDO_BATCH_BYTES && batch.length < batchMax) continue
    await redoBatch(batch)
    batch = []
    bytes = 0
  }
  if (batch.length > 0) await redoBatch(batch)
  if (!each) await flushAll()
  return all.length
}

async function redoInline(
  volume: Volume,
  committer: Committer,
  batch: readonly RecordOperation[],
  flush: boolean,
  options: RedoOptions,
): Promise<void> {
  try {
    await committer.redo(encodeRecord(batch), { flush })
  } catch (error) {
    if (!(error instanceof DiskError && OBSTACLES.has(error.code))) throw error
    const [first] = batch
    if (first === undefined) return
    if (batch.length === 1) return await redoObstructed(volume, committer, first, flush, options)
    for (const operation of batch) await redoInline(volume, committer, [operation], flush, options)
  }
}

/** A file to be removed does not exist. Content to be written goes to quarantine, since its place is taken. */
async function redoObstructed(
  volume: Volume,
  committer: Committer,
  operation: RecordOperation,
  flush: boolean,
  options: RedoOptions,
): Promise<void> {
  const { path } = operation
  if (operation.kind === OperationKind.remove) return
  const keptAs = quarantinePath(path, nowMs())
  const record = { ...operation, kind: OperationKind.replace, path: keptAs }
  await committer.redo(encodeRecord([record]), { flush })
  noteLost(volume, { path, reason: 'obstructed', kept_as: keptAs }, options)
}

/**
 * Rewrites and flushes every file that the journal names: a failed flush has made them doubtful. Returns what could not
 * be restored. Under the writer lock.
 */
export async function rewriteFiles(
  volume: Volume,
  committer: Committer,
): Promise<readonly LostFile[]> {
  const { damage, entries } = await scanJournal(volume)
  if (damage !== undefined) throw damage
  const lost = new Map<string, LostFile>()
  await redo(volume, committer, foldEntries(entries).values(), { flushEach: true, lost })
  await keepLost(volume, committer, [...lost.values()])
  committer.page.setU64('suspect', 0)
  return [...lost.values()]
}

/** Whether redo stopped for lack of space, which is not damage. */
export function isOutOfSpace(error: unknown): boolean {
  return hasNoSpace(error) || (error instanceof DiskError && error.code === 'EROFS')
}
