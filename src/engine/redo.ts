import { createHash } from 'node:crypto'
import { DiskError } from '../disk/disk-error.js'
import type { Committer, OpenFile, Volume } from '../disk/disk.js'
import {
  decodeExternal,
  encodeRecord,
  OperationKind,
  type ExternalContent,
  type RecordOperation,
} from '../document/record.js'
import { directoriesAbove } from '../document/directories.js'
import { StorageError } from '../errors.js'
import type { JournalEntry } from './journal-scan.js'

/** Up to this many bytes of records go to the disk in one hop. */
const REDO_BATCH_BYTES = 8 * 1024 * 1024
/** Up to this many files are flushed one by one; more are cheaper with one flush of the file system. */
const FLUSH_EACH_MAX = 64

/** What the entries leave behind: each path's last operation. */
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

/**
 * Redo: makes the plain files be what the journal says, and flushes them. Files are written anew, never compared: after
 * a failed writeback the page cache still shows new bytes where the disk holds old ones. Idempotent.
 */
export async function redo(
  volume: Volume,
  committer: Committer,
  operations: Iterable<RecordOperation>,
  options: { readonly flushEach: boolean } = { flushEach: false },
): Promise<number> {
  const all = [...operations]
  const each = options.flushEach || all.length <= FLUSH_EACH_MAX
  let batch: RecordOperation[] = []
  let bytes = 0
  for (const operation of all) {
    if (operation.external) {
      await redoExternal(volume, operation)
      continue
    }
    batch.push(operation)
    bytes += operation.content.length
    if (bytes < REDO_BATCH_BYTES) continue
    await committer.redo(encodeRecord(batch), { flush: each })
    batch = []
    bytes = 0
  }
  if (batch.length > 0) await committer.redo(encodeRecord(batch), { flush: each })
  if (!each) await volume.flushFileSystem()
  return all.length
}

/**
 * A large content was flushed under its staged name before the frame that names it. It lies there still, or under its
 * own name already.
 */
async function redoExternal(volume: Volume, operation: RecordOperation): Promise<void> {
  const external = decodeExternal(operation.content)
  if ((await volume.stat(external.stagedPath)) !== undefined) {
    // A dead process may have given it its own name as well: that one is on the disk before the staged one goes.
    await volume.flushMany([], directoriesAbove(operation.path))
    await volume.rename(external.stagedPath, operation.path, { replace: true })
  } else if (!(await isInPlace(volume, operation.path, external))) {
    throw new StorageError(
      'FS-JOURNAL-001',
      `The content of '${operation.path}' is gone, though it had been flushed`,
      {
        context: { path: operation.path, staged_path: external.stagedPath, bytes: external.bytes },
      },
    )
  }
  // Not the file itself: its bytes were flushed before the frame, and a flush that failed since must not be repeated.
  await volume.flushMany([], directoriesAbove(operation.path))
}

const CHUNK_BYTES = 1024 * 1024

async function isInPlace(
  volume: Volume,
  path: string,
  external: ExternalContent,
): Promise<boolean> {
  const stat = await volume.stat(path)
  if (stat?.bytes !== external.bytes) return false
  const hash = createHash('sha256')
  for (let offset = 0; offset < external.bytes; offset += CHUNK_BYTES) {
    const chunk = await volume.readRange(path, offset, CHUNK_BYTES)
    if (chunk === undefined || chunk.length === 0) return false
    hash.update(chunk)
  }
  return Buffer.compare(hash.digest(), external.digest) === 0
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

/** Whether redo stopped for want of space, which is no damage. */
export function isOutOfSpace(error: unknown): boolean {
  return (
    error instanceof DiskError &&
    (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EROFS')
  )
}
