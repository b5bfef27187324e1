import type { Writable } from 'node:stream'
import {
  option,
  pick,
  resolveOptions,
  type OptionTable,
  type Resolved,
} from '../../base/option-table.js'
import { flag, integer, pathOption, rejectUnknown, shown } from '../../base/options.js'
import { outOfRange, wrongArgument } from '../../base/misuse.js'
import { isDate } from '../../base/values.js'
import type { ByteSource } from '../../base/byte-source.js'
import type { LostList } from '../../format/lost-list.js'
import type { LeftOut } from '../../format/backup-manifest.js'
import { DIRECTORY_OPTIONS, type DirectoryOptions } from '../directory-options.js'
import type { PlaceOptions } from './backup-place.js'

/** A directory for the backups of one store, or a stream that gets a full backup as a tar archive. */
export type BackupPlace = string | URL | Writable

/** A directory of backups, or a tar archive of one as a stream of bytes. */
export type BackupOrigin = string | URL | ByteSource

export interface BackupOptions {
  /**
   * Copies everything again and begins a new chain, which needs nothing of the backups before. Default false: only what
   * is new since the last backup in the directory; the first one is always full.
   */
  readonly full?: boolean | undefined
  /**
   * Takes a snapshot in place of a backup: contents are hard links to the files of the store, on the same file system.
   * It costs neither time nor space, and protects against changes of the store, not against loss of the disk. Default
   * false.
   */
  readonly snapshot?: boolean | undefined
  /** Ends the backup; earlier ones stay as they are. */
  readonly signal?: AbortSignal | undefined
}

export type ResolvedBackupOptions = Resolved<
  BackupOptions,
  { readonly signal: AbortSignal | undefined }
>

/** What a backup has done. */
export interface BackupReport {
  /** The directory of this backup; in a stream, its name in the archive. */
  readonly path: string
  readonly sequence: number
  readonly full: boolean
  /** Contents are hard links to files of the store: it is lost with the disk of the store. */
  readonly snapshot: boolean
  /** The point: every commit up to this log sequence number is in it, and none after it. */
  readonly lsn: number
  /** The time of the point, ISO 8601 in UTC. */
  readonly at: string
  /** Of the whole state. */
  readonly files: number
  readonly bytes: number
  /** What this backup has added to those before. */
  readonly added_files: number
  readonly added_bytes: number
  readonly removed_files: number
  /** How long the writers of all processes had to wait, in ms. */
  readonly writers_held_ms: number
  /** Files that the store itself had lost before: they are in no backup since. */
  readonly lost: LostList
  /** Symbolic links, sockets and other entries that are not files: they are not in the backup. */
  readonly left_out: readonly LeftOut[]
  readonly left_out_omitted: number
  /** Why a full backup was made though none was asked for: the chain before cannot be continued. */
  readonly chain_broken?: string
}

/** Which backup: its sequence number, or the last one that was made at or before a time. Default: the last one. */
export type WhichBackup = number | string | Date

export interface RestoreOptions extends Pick<
  DirectoryOptions,
  'disk' | 'nativeBinding' | 'fileMode' | 'directoryMode' | 'ioTimeoutMs'
> {
  /** The new place: a directory that is missing or empty. */
  readonly to: string | URL
  /** A sequence number, or a time: the last backup at or before it. Default: the last backup. */
  readonly backup?: WhichBackup | undefined
  /** Restores the files that are whole when others are damaged. Default false: nothing is restored then. */
  readonly allowDamaged?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** A file of a backup that is not what the backup had written. */
export interface DamagedFile {
  /** Relative to the store. */
  readonly path: string
  /** The backup that has its content. */
  readonly backup: number
  readonly reason: 'missing' | 'size' | 'content' | 'unreadable'
}

/** What a restore has done. */
export interface RestoreReport {
  /** The new place. */
  readonly path: string
  /** The backup that was restored. */
  readonly backup: number
  readonly lsn: number
  readonly at: string
  readonly files: number
  readonly bytes: number
  /** Files that were not restored, with `allowDamaged`. */
  readonly damaged: readonly DamagedFile[]
}

/** Where a backup is read from. */
export type BackupSourceOptions = Pick<DirectoryOptions, 'disk' | 'nativeBinding' | 'ioTimeoutMs'>

const NAMES = ['disk', 'nativeBinding', 'ioTimeoutMs'] as const
const PLACE = pick(DIRECTORY_OPTIONS, [...NAMES, 'fileMode', 'directoryMode'])

export type ResolvedRestoreOptions = Resolved<
  RestoreOptions,
  {
    readonly to: string
    readonly backup: number | Date | undefined
    readonly signal: AbortSignal | undefined
    readonly nativeBinding: DirectoryOptions['nativeBinding']
  }
>

const BACKUP_OPTIONS: OptionTable<ResolvedBackupOptions> = {
  full: option(false, flag),
  snapshot: option(false, flag),
  signal: option(undefined, abortSignal),
}

const RESTORE_OPTIONS: OptionTable<ResolvedRestoreOptions> = {
  ...PLACE,
  to: pathOption,
  backup: option(undefined, whichBackup),
  allowDamaged: option(false, flag),
  signal: option(undefined, abortSignal),
}

/** The names of these options, for the stores that add their own. */
export const RESTORE_OPTION_NAMES: readonly string[] = Object.keys(RESTORE_OPTIONS)

/** @throws TypeError or RangeError that names the option */
export function resolveBackupOptions(given: BackupOptions = {}): ResolvedBackupOptions {
  rejectUnknown(given, Object.keys(BACKUP_OPTIONS), 'backup')
  return resolveOptions(BACKUP_OPTIONS, given)
}

/** @throws TypeError or RangeError that names the option */
export function resolveRestoreOptions(given: RestoreOptions): ResolvedRestoreOptions {
  rejectUnknown(given, RESTORE_OPTION_NAMES, 'restore')
  return resolveOptions(RESTORE_OPTIONS, given ?? {})
}

/** @throws TypeError or RangeError that names the option */
export function resolveSourceOptions(
  given: BackupSourceOptions | undefined,
  where: string,
): PlaceOptions {
  rejectUnknown(given, NAMES, where)
  return resolveOptions(PLACE, given ?? {})
}

const SEQUENCE_MAX = 999_999_999

function whichBackup(name: string, given: unknown): number | Date {
  if (typeof given === 'number') return integer(1, SEQUENCE_MAX)(name, given)
  const time = isDate(given) ? given : typeof given === 'string' ? new Date(given) : undefined
  const expected = `Option "${name}" must be the number of a backup or a time, such as '2026-11-29T21:00:00Z', got ${shown(given)}`
  if (time === undefined) throw wrongArgument(expected)
  if (Number.isNaN(time.getTime())) throw outOfRange(expected)
  return time
}

function abortSignal(name: string, given: unknown): AbortSignal {
  const isSignal =
    typeof given === 'object' && given !== null && 'aborted' in given && 'throwIfAborted' in given
  if (isSignal) return given as AbortSignal
  throw wrongArgument(`Option "${name}" must be an AbortSignal, got ${shown(given)}`)
}
