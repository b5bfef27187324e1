import { TextDecoder, TextEncoder } from 'node:util'
import { nowText } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Volume } from '../../disk/disk.js'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import {
  JOURNAL_DIRECTORY,
  MARK_FILE,
  parseSegmentName,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { refuseForeignFiles } from './check-place.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { noStore } from './open-volume.js'
import { isBlankMark } from './store-claim.js'

const MARK_FORMAT = 'holdfast'
const MARK_VERSION = 1

/** The mark says that a directory is a store, and in which format: an older or newer one is refused, not guessed at. */
export async function markStore(volume: Volume, options: ResolvedDirectoryOptions): Promise<void> {
  const bytes = await volume.read(MARK_FILE, MARK_BYTES_MAX)
  const isLost = bytes === undefined || isBlankMark(bytes)
  if (!isLost) return checkMark(volume.directory, bytes)
  const isStore = await hasJournal(volume)
  if (!options.create && !isStore) {
    // Probing the file system has made it; a directory that is not a store stays as it was.
    if (!volume.capabilities.readOnly) await volume.removeDirectory(TEMPORARY_DIRECTORY)
    throw noStore(volume.directory)
  }
  if (isStore && volume.capabilities.readOnly) return
  if (!isStore) await refuseForeignFiles(volume, options)
  // For any process that made the directory, perhaps one that died at once: a power cut that leaves the mark must not
  // take the names above it.
  await volume.flushAncestors()
  const mark = {
    format: MARK_FORMAT,
    format_version: MARK_VERSION,
    created_at: nowText(),
    requires: [],
  }
  try {
    const text = `${JSON.stringify(mark, null, 2)}\n`
    const replace = bytes !== undefined
    await volume.write(MARK_FILE, new TextEncoder().encode(text), { replace, flush: true })
  } catch (error) {
    if (!(error instanceof DiskError && error.code === 'EEXIST')) throw error
  }
  if (!isStore) return
  const message = `'${MARK_FILE}' was missing and is written again: the journal shows whose the directory is`
  publish('warning', () => ({ directory: volume.directory, code: 'mark-rebuilt', message }))
}

export async function checkMarkOf(volume: Volume): Promise<void> {
  const bytes = await volume.read(MARK_FILE, MARK_BYTES_MAX)
  if (bytes !== undefined && !isBlankMark(bytes)) checkMark(volume.directory, bytes)
}

/** Only a store has a segment in that place; one of another format is refused when it is read. */
export async function hasJournal(volume: Volume): Promise<boolean> {
  const entries = (await volume.list(JOURNAL_DIRECTORY)) ?? []
  return entries.some(({ name, kind }) => kind === 'file' && parseSegmentName(name) !== undefined)
}

/** @throws StorageError FS-FORMAT-001 for a mark of another format, or a missing one */
export function checkMark(directory: string, bytes: Uint8Array): void {
  const mark = parseMark(bytes)
  if (mark?.format === MARK_FORMAT && mark.format_version === MARK_VERSION)
    return checkRequires(MARK_FILE, mark.requires)
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory}/${MARK_FILE}' names no format that this version reads`,
    {
      context: { path: MARK_FILE, reason: 'format', format_version: mark?.format_version ?? null },
    },
  )
}

/**
 * Refuses a mark that lists features this version does not know: it would misread the files.
 * @param requires the mark's list; undefined in older marks, which have none
 * @throws StorageError FS-FORMAT-001 with reason `requires`, naming the feature
 */
export function checkRequires(
  mark: string,
  requires: unknown,
  known: readonly string[] = [],
): void {
  if (requires === undefined) return
  const list: readonly unknown[] = Array.isArray(requires) ? requires : [requires]
  const unknown = list.find((feature) => typeof feature !== 'string' || !known.includes(feature))
  if (unknown === undefined) return
  throw new StorageError(
    'FS-FORMAT-001',
    `'${mark}' requires the feature ${JSON.stringify(unknown)}, which this version does not know; open the store with the version of holdfast that made it, or a newer one`,
    { context: { path: mark, reason: 'requires', feature: unknown } },
  )
}

/** What a mark says; undefined for bytes that are not one. */
export function parseMark(bytes: Uint8Array):
  | {
      readonly format?: unknown
      readonly format_version?: unknown
      readonly created_at?: unknown
      readonly requires?: unknown
    }
  | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    // Text that cannot be parsed names no format: the caller says so.
    return undefined
  }
}
