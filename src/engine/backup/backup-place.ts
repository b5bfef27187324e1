import { TextDecoder, TextEncoder } from 'node:util'
import { StorageError } from '../../base/errors.js'
import { nowText } from '../../base/clock.js'
import { chooseDisk } from '../../disk/choose-disk.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Disk, Lock, Volume } from '../../disk/disk.js'
import { doOverlap, realPlace } from '../../disk/path-facts.js'
import type { BackupStore } from '../../format/backup-manifest.js'
import {
  BACKUP_LOCK_FILE,
  BACKUP_MARK_FILE,
  MARK_BYTES_MAX,
  OWNER_FILE,
  SIGNS_DIRECTORY,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import type { CheckedDirectoryOptions, DirectoryOptions } from '../directory-options.js'
import { INCIDENTAL } from '../opening/check-place.js'
import { blockedBy } from '../opening/open-volume.js'

const FORMAT = 'holdfast-backup'
const FORMAT_VERSION = 1

/** How a directory is reached. */
export interface PlaceOptions extends Pick<CheckedDirectoryOptions, 'disk' | 'ioTimeoutMs'> {
  readonly nativeBinding: DirectoryOptions['nativeBinding']
  readonly fileMode: number
  readonly directoryMode: number
}

/** A directory of backups that this process writes to, alone. */
export interface Destination {
  readonly volume: Volume
  close(): Promise<void>
}

/**
 * Opens a directory for backups of `store`, and makes a missing or empty one such a directory.
 * @param source the directory of the store
 * @throws StorageError FS-FORMAT-001 for a directory that holds something else, or backups of another store, which stay
 * untouched, and for one that overlaps with the store; FS-LOCK-001 while another backup is written to it
 */
export async function openDestination(
  directory: string,
  source: string,
  store: BackupStore,
  options: PlaceOptions,
): Promise<Destination> {
  await refuseOverlap(directory, source, 'A backup of the store')
  const disk = diskOf(options)
  await refuseOthers(disk, directory, store, options)
  const volume = await disk.openVolume(directory, { ...options, create: true })
  try {
    await volume.flushAncestors()
    await writeMark(volume, store)
    const lock = await lockDestination(volume)
    return { volume, close: async () => await release(volume, lock) }
  } catch (error) {
    await volume.close()
    throw error
  }
}

/** Opens a directory of backups for reading. @throws StorageError FS-FORMAT-001 when it is not one */
export async function openBackups(directory: string, options: PlaceOptions): Promise<Volume> {
  const volume = await openToRead(diskOf(options), directory, options)
  if (volume === undefined) throw notBackups(directory, 'it does not exist')
  try {
    const mark = await readMark(volume)
    if (mark === undefined) {
      const isBlank = (await volume.stat(BACKUP_MARK_FILE)) !== undefined
      const why = isBlank ? `its '${BACKUP_MARK_FILE}' is empty` : `it has no '${BACKUP_MARK_FILE}'`
      throw notBackups(directory, why)
    }
    return volume
  } catch (error) {
    await volume.close()
    throw error
  }
}

export function diskOf({ disk, nativeBinding }: PlaceOptions): Disk {
  return typeof disk === 'string' ? chooseDisk(disk, nativeBinding) : disk
}

/** @throws StorageError FS-FORMAT-001 with reason `overlap` */
export async function refuseOverlap(to: string, from: string, what: string): Promise<void> {
  const [left, right] = [await realPlace(to), await realPlace(from)]
  if (!doOverlap(left, right)) return
  throw new StorageError(
    'FS-FORMAT-001',
    `${what} cannot be in '${to}': it overlaps with '${from}'; name a directory elsewhere, best on another disk`,
    { context: { path: to, reason: 'overlap', directory: from } },
  )
}

/** The names in a directory, without those that file systems and the engine put into it; undefined if it is missing. */
export async function namesIn(
  disk: Disk,
  directory: string,
  options: PlaceOptions,
): Promise<readonly string[] | undefined> {
  const volume = await openToRead(disk, directory, options)
  if (volume === undefined) return undefined
  try {
    return await foundNames(volume)
  } finally {
    await volume.close()
  }
}

async function foundNames(volume: Volume): Promise<readonly string[]> {
  const names = ((await volume.list('')) ?? []).map(({ name }) => name)
  return names.filter((name) => !isIncidental(name)).sort()
}

const OF_OPENINGS = new Set<string>([TEMPORARY_DIRECTORY, BACKUP_LOCK_FILE, OWNER_FILE])

/** What file systems, and openings of them, put into a directory. */
export function isIncidental(name: string): boolean {
  return INCIDENTAL.has(name) || OF_OPENINGS.has(name)
}

/** Before anything is written there, the probes of the file system among it. */
async function refuseOthers(
  disk: Disk,
  directory: string,
  store: BackupStore,
  options: PlaceOptions,
): Promise<void> {
  const volume = await openToRead(disk, directory, options)
  if (volume === undefined) return
  try {
    const mark = await readMark(volume)
    if (mark !== undefined) return checkStore(directory, mark, store)
    // Signs and locks of a backup that was killed before it had made the mark. A store has more.
    const names = (await foundNames(volume)).filter((name) => !isLeftBehind(name))
    if (names.length === 0) return
    throw new StorageError(
      'FS-FORMAT-001',
      `'${directory}' holds something else than backups: '${names[0]}'; name an empty directory or a new one`,
      {
        context: {
          path: directory,
          reason: 'not_empty',
          entries: names.length,
          entry: names[0] ?? '',
        },
      },
    )
  } finally {
    await volume.close()
  }
}

/** What the portable disk leaves when its process is killed. */
function isLeftBehind(name: string): boolean {
  return name === OWNER_FILE || name === SIGNS_DIRECTORY
}

async function openToRead(
  disk: Disk,
  directory: string,
  options: PlaceOptions,
): Promise<Volume | undefined> {
  try {
    return await disk.openVolume(directory, { ...options, create: false, readOnly: true })
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const blocked = await blockedBy(directory, error, 'backups and stores are in directories')
    if (blocked !== undefined) throw blocked
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

async function lockDestination(volume: Volume): Promise<Lock> {
  try {
    return await volume.lock(BACKUP_LOCK_FILE, 'exclusive', { timeoutMs: 0 })
  } catch (cause) {
    if (!(cause instanceof DiskError && cause.code === 'ELOCKTIMEOUT')) throw cause
    throw new StorageError(
      'FS-LOCK-001',
      `Another backup is being written to '${volume.directory}'; wait until it has ended`,
      { cause, context: { path: BACKUP_LOCK_FILE, directory: volume.directory } },
    )
  }
}

async function release(volume: Volume, lock: Lock): Promise<void> {
  try {
    await lock.release()
    await volume.removeDirectory(TEMPORARY_DIRECTORY)
  } finally {
    await volume.close()
  }
}

/** Two processes may make it at once: the mark of the first counts. */
async function writeMark(volume: Volume, store: BackupStore): Promise<void> {
  const left = await volume.read(BACKUP_MARK_FILE, MARK_BYTES_MAX)
  const isBlank = left !== undefined && left.every((byte) => byte === 0)
  if (left === undefined || isBlank) {
    try {
      await volume.write(BACKUP_MARK_FILE, encodeMark(store), { replace: isBlank, flush: true })
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'EEXIST')) throw error
    }
  }
  const mark = await readMark(volume)
  if (mark !== undefined) checkStore(volume.directory, mark, store)
}

/** The mark of a directory for the backups of a store. */
export function encodeMark(store: BackupStore): Uint8Array {
  const mark = { format: FORMAT, format_version: FORMAT_VERSION, created_at: nowText(), store }
  return new TextEncoder().encode(`${JSON.stringify(mark, undefined, 2)}\n`)
}

function checkStore(directory: string, mark: BackupStore, store: BackupStore): void {
  if (mark.kind === store.kind && mark.created_at === store.created_at) return
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory}' has the backups of another store (of ${mark.kind}, made ${mark.created_at}); name another directory`,
    { context: { path: directory, reason: 'other_store', mark: BACKUP_MARK_FILE } },
  )
}

/** Whose backups a directory has; undefined if it is not for backups. @throws StorageError FS-FORMAT-001 */
export async function readMark(volume: Volume): Promise<BackupStore | undefined> {
  const bytes = await volume.read(BACKUP_MARK_FILE, MARK_BYTES_MAX)
  // Loss of power can leave an empty one, with nothing beside it.
  if (bytes === undefined || bytes.every((byte) => byte === 0)) return undefined
  const mark = parse(bytes)
  const { format, format_version: version, store } = mark
  const { kind, created_at: made } = (store ?? {}) as { kind?: unknown; created_at?: unknown }
  const isKnown = format === FORMAT && version === FORMAT_VERSION
  if (isKnown && typeof kind === 'string' && typeof made === 'string')
    return { kind, created_at: made }
  const why = `its '${BACKUP_MARK_FILE}' names no format that this version reads`
  throw notBackups(volume.directory, why, 'format')
}

function notBackups(directory: string, why: string, reason = 'no_backups'): StorageError {
  return new StorageError('FS-FORMAT-001', `'${directory}' has no backups: ${why}`, {
    context: { path: directory, reason, mark: BACKUP_MARK_FILE },
  })
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // Text that cannot be parsed names no format: the caller says so.
    return {}
  }
}
