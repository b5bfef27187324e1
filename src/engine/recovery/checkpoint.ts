import { DiskError } from '../../disk/disk-error.js'
import type { Lock, Volume } from '../../disk/disk.js'
import { CHECKPOINT_LOCK_FILE } from '../../format/layout.js'
import { publish } from '../../base/channels.js'
import type { DirtyLog } from '../journal/dirty-log.js'

/** More changes than this are flushed by one flush of the file system. */
const FLUSH_EACH_MAX = 256
/** So many files are flushed in one call: naming them to the disk takes the calling thread some time. */
const FLUSH_TOGETHER = 1000

export interface CheckpointContext {
  readonly volume: Volume
  readonly dirty: DirtyLog
  readonly lockTimeoutMs: number
  /** The file system may be flushed as a whole only through a descriptor as old as the first of these writes. */
  readonly sawAllWrites: () => boolean
  /** Whether a flush of these files has failed, here or in another process. */
  readonly isSuspect: () => boolean
  /** Notes that the flush has failed, for every process. */
  readonly suspect: (lsn: number, error: unknown) => void
  /** Writes the files anew from the journal and flushes each of them. */
  readonly rewrite: () => Promise<void>
  /** Catches up with the journal and says what is published. */
  readonly refresh: () => Promise<number>
  /** Whether what is derived is to be written though nothing has changed. */
  readonly isDerivedOld: () => boolean
  /** Writes what is derived from the files; it may fail without harm to anything acknowledged. */
  readonly writeDerived: (lsn: number) => Promise<void>
  /** Appends the note that frames up to `lsn` need no redo, then takes covered segments out of service. */
  readonly note: (lsn: number) => Promise<void>
  readonly nowMs: () => number
}

/**
 * A checkpoint: everything published so far is flushed in place, derived state is written, the journal notes how far
 * it is no longer needed. False when another process is at it. Saves go on meanwhile.
 */
export async function checkpoint(context: CheckpointContext, wait: boolean): Promise<boolean> {
  const lock = await tryLock(context, wait)
  if (lock === undefined) return false
  try {
    const startedMs = context.nowMs()
    const lsn = await context.refresh()
    const changes = context.dirty.size
    if (changes > 0) await makeDurable(context, lsn)
    if (changes > 0 || context.isDerivedOld()) await context.writeDerived(lsn)
    if (changes === 0) return true
    await context.note(lsn)
    context.dirty.forget(lsn)
    publish('checkpoint', () => ({
      directory: context.volume.directory,
      lsn,
      changes,
      durationMs: context.nowMs() - startedMs,
    }))
    return true
  } finally {
    await lock.release()
  }
}

/**
 * A failed flush is final for the files it was asked for: the next one would report success with the bytes gone. So
 * they are made anew, as other files under the same names, from the journal, which still has them.
 */
async function makeDurable(context: CheckpointContext, lsn: number): Promise<void> {
  if (!context.isSuspect()) {
    try {
      await flush(context, lsn)
      return
    } catch (error) {
      context.suspect(lsn, error)
    }
  }
  await context.rewrite()
}

async function flush(
  { volume, dirty, sawAllWrites }: CheckpointContext,
  lsn: number,
): Promise<void> {
  if (dirty.size > FLUSH_EACH_MAX && sawAllWrites()) return await volume.flushFileSystem()
  const { files, directories } = await dirty.touched(lsn)
  let at = 0
  for (; files.length - at > FLUSH_TOGETHER; at += FLUSH_TOGETHER)
    await volume.flushMany(files.slice(at, at + FLUSH_TOGETHER), [])
  await volume.flushMany(files.slice(at), [])
  for (const level of deepestFirst(directories)) await volume.flushMany([], level)
}

/**
 * Directories by their depth. One that a later commit has emptied and removed is not there to be flushed: what was
 * removed in it before is gone for good only when the one above is flushed after that.
 */
function deepestFirst(directories: readonly string[]): readonly string[][] {
  const levels: string[][] = []
  for (const path of directories) {
    const depth = path === '' ? 0 : path.split('/').length
    ;(levels[depth] ??= []).push(path)
  }
  return levels.reverse()
}

async function tryLock(
  { volume, lockTimeoutMs }: CheckpointContext,
  wait: boolean,
): Promise<Lock | undefined> {
  try {
    return await volume.lock(CHECKPOINT_LOCK_FILE, 'exclusive', {
      timeoutMs: wait ? lockTimeoutMs : 0,
    })
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ELOCKTIMEOUT' && !wait) return undefined
    throw error
  }
}
