import { chooseDisk } from '../../disk/choose-disk.js'
import { DiskError, hasNoSpace } from '../../disk/disk-error.js'
import type { Committer, Disk, Lock, Volume } from '../../disk/disk.js'
import {
  CHECKPOINT_LOCK_FILE,
  JOURNAL_DIRECTORY,
  LOCK_FILE,
  PAGE_FILE,
  PRESENCE_FILE,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import type { LostFile } from '../../base/channels.js'
import { PAGE_MAGIC, PageState, type SharedPage } from '../../format/page.js'
import { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { dirtySince, type DirtyLog } from '../journal/dirty-log.js'
import { DiskRetries, retryingDisk } from '../disk-retries.js'
import { Follower } from '../journal/follower.js'
import { Journal } from '../journal/journal.js'
import type { ReadOnlyBecause } from './opening.js'
import type { JournalOverlay } from '../journal/overlay.js'
import { scanJournal, type JournalScan } from '../journal/scan.js'
import { checkPlace } from './check-place.js'
import { checkMarkOf, hasJournal, markStore } from './directory-mark.js'
import { openReadOnly } from './open-read-only.js'
import { openVolume } from './open-volume.js'
import { recover } from '../recovery/recovery.js'
import { isOutOfSpace } from '../recovery/redo.js'
import { Segments } from '../journal/segments.js'
import { sweepStaged } from '../recovery/sweep-staged.js'
import { takeOver } from '../recovery/takeover.js'

/** What a store works with once it is open. */
export interface OpenedJournal {
  readonly volume: Volume
  readonly journal: Journal
  /** Set when the store is not joined: the journal's contents, served from memory. */
  readonly overlay: JournalOverlay | undefined
}

export interface OpenedDirectory extends OpenedJournal {
  readonly retries: DiskRetries
}

/**
 * Opens a directory as a store, recovering it when this process is alone in it. Without space for that, or for what an
 * owner writes, it is opened read-only.
 */
export async function openDirectory(
  directory: string,
  options: ResolvedDirectoryOptions,
): Promise<OpenedDirectory> {
  const chosen: Disk =
    typeof options.disk === 'string'
      ? chooseDisk(options.disk, options.nativeBinding)
      : options.disk
  const retries = new DiskRetries(directory, options.retry, options.ioTimeoutMs)
  const disk = retryingDisk(chosen, retries)
  return { ...(await openStore(disk, directory, options)), retries }
}

async function openStore(
  disk: Disk,
  directory: string,
  options: ResolvedDirectoryOptions,
): Promise<OpenedJournal> {
  try {
    return await openOn(disk, directory, options)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
    // EROFS where the file system has turned read-only since it was checked.
    const because = hasNoSpace(error) ? 'no-space' : 'mount'
    const readable = await openToRead(disk, directory, options, because)
    if (readable === undefined) throw error
    return readable
  }
}

const NO_SPACE =
  'The disk has no space to open the store for writing: it is opened to be read. Make room, then open it again'

/** Undefined for a directory that is not a store yet. */
async function openToRead(
  disk: Disk,
  directory: string,
  options: ResolvedDirectoryOptions,
  because: ReadOnlyBecause,
): Promise<OpenedJournal | undefined> {
  const reading = { ...options, create: false, readOnly: true }
  const volume = await openVolume(disk, directory, reading)
  try {
    if (!(await hasJournal(volume))) {
      await volume.close()
      return undefined
    }
    await checkMarkOf(volume)
    const opened = await openReadOnly(volume, reading, because)
    if (because === 'no-space')
      publish('warning', () => ({ directory: volume.directory, code: because, message: NO_SPACE }))
    return opened
  } catch (error) {
    await volume.close()
    throw error
  }
}

async function openOn(
  disk: Disk,
  directory: string,
  options: ResolvedDirectoryOptions,
): Promise<OpenedJournal> {
  const volume = await openVolume(disk, directory, options)
  try {
    await checkPlace(volume, options)
    await markStore(volume, options)
    if (volume.capabilities.readOnly)
      return await openReadOnly(volume, options, options.readOnly ? 'option' : 'mount')
    await volume.makeDirectory(JOURNAL_DIRECTORY)
    await volume.makeDirectory(TEMPORARY_DIRECTORY)
    const committer = await volume.openCommitter({ lockPath: LOCK_FILE, pagePath: PAGE_FILE })
    return await attach(volume, committer, options)
  } catch (error) {
    await volume.close()
    throw error
  }
}

/** Under the writer lock: recovers when this process is alone, joins otherwise. */
async function attach(
  volume: Volume,
  committer: Committer,
  options: ResolvedDirectoryOptions,
): Promise<OpenedJournal> {
  const segments = new Segments(volume, committer, options)
  await committer.lock({ timeoutMs: options.lockTimeoutMs })
  try {
    await checkCheckpointLock(volume)
    const alone = await tryPresence(volume)
    const presence =
      alone ?? (await volume.lock(PRESENCE_FILE, 'shared', { timeoutMs: options.lockTimeoutMs }))
    const recovered =
      alone === undefined
        ? undefined
        : await recover(volume, committer, segments, options.repairJournal)
    const joined = recovered ?? (await join(volume, committer, segments))
    if (alone === undefined) await sweepStaged(volume, committer)
    if (alone !== undefined) await presence.downgrade()
    await useCurrentSegment(volume, segments)
    const follower = new Follower(volume, committer.page)
    const { dirty, lost } = joined
    const journal = new Journal(
      { volume, committer, segments, follower, dirty },
      {
        readOnlyBecause: undefined,
        lost,
        repaired: recovered?.repaired,
        wasAlone: alone !== undefined,
      },
      options,
    )
    return { volume, journal, overlay: undefined }
  } finally {
    await committer.unlock()
  }
}

async function tryPresence(volume: Volume): Promise<Lock | undefined> {
  return await tryLock(volume, PRESENCE_FILE)
}

/** A file that cannot be locked, such as one with a second name, is refused before anything is acknowledged. */
async function checkCheckpointLock(volume: Volume): Promise<void> {
  if ((await volume.stat(CHECKPOINT_LOCK_FILE)) === undefined) return
  const lock = await tryLock(volume, CHECKPOINT_LOCK_FILE)
  await lock?.release()
}

/** `undefined` when another process holds it. */
async function tryLock(volume: Volume, path: string): Promise<Lock | undefined> {
  try {
    return await volume.lock(path, 'exclusive', { timeoutMs: 0 })
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ELOCKTIMEOUT') return undefined
    throw error
  }
}

/**
 * Other processes are there, so the page is theirs and valid, unless another program has replaced it. What a dead one
 * of them has left is finished first.
 */
async function join(
  volume: Volume,
  committer: Committer,
  segments: Segments,
): Promise<{ readonly lost: readonly LostFile[]; readonly dirty: DirtyLog }> {
  if (!isOfOthers(committer)) throw await pageTakenAway(volume, committer)
  const lost =
    committer.page.state === PageState.idle ? [] : await takeOver(volume, committer, segments)
  const scan = await scanJournal(volume)
  if (committer.page.state === PageState.idle && !isAtEnd(committer.page, scan))
    throw await pageTakenAway(volume, committer)
  return { lost, dirty: dirtySince(scan) }
}

/** Whether the page was written in this file, by the first of the others. An earlier version named no file. */
function isOfOthers({ page, pageInode }: Committer): boolean {
  if (page.magic !== PAGE_MAGIC) return false
  return page.file === 0n || pageInode === 0n || page.file === pageInode
}

/** No process writes while the writer lock is held: the page of the others names the end of their journal. */
function isAtEnd(page: SharedPage, { end, damage }: JournalScan): boolean {
  if (damage !== undefined || end === undefined) return true
  const { segment, offset, lsn } = page.position
  const { position, salt } = end
  return (
    segment === position.segment &&
    offset === position.offset &&
    lsn === position.lsn &&
    page.salt === salt
  )
}

async function pageTakenAway(volume: Volume, committer: Committer): Promise<StorageError> {
  // A page that this process has made itself is removed again: the others would treat it as a replacement of theirs.
  if (committer.page.magic === 0) await volume.remove(PAGE_FILE)
  return new StorageError('FS-FORMAT-001', takenAway(PAGE_FILE, volume.directory), {
    context: { path: PAGE_FILE, reason: 'page' },
  })
}

/** The journal of a store that is open has its current segment, unless another program has taken it away. */
async function useCurrentSegment(volume: Volume, segments: Segments): Promise<void> {
  try {
    await segments.useCurrent()
  } catch (cause) {
    if (!(cause instanceof DiskError && cause.code === 'ENOENT')) throw cause
    throw new StorageError('FS-JOURNAL-001', takenAway(JOURNAL_DIRECTORY, volume.directory), {
      cause,
      context: { path: JOURNAL_DIRECTORY, reason: 'removed' },
    })
  }
}

function takenAway(name: string, directory: string): string {
  return (
    `'${name}' was removed or replaced while other processes have '${directory}' open. They go on with the old one, ` +
    'and this process cannot join them. End every process that has the store open, then open it again'
  )
}
