import { TextDecoder } from 'node:util'
import { FormatError } from '../base/errors.js'
import { BACKUP_FILES_DIRECTORY, isBackedUp } from './layout.js'
import type { LostList } from './lost-list.js'
import { isSafePath } from './record.js'

/**
 * The manifest of a backup: JSON Lines. A line for each file that differs from the backup before, in no order, then one line
 * that says what the backup is. It ends with the checksum of all bytes before the comma in front of it.
 */

/** A file as a backup has it. */
export interface BackedUpFile {
  readonly path: string
  readonly bytes: number
  /** Of the content, in hex. */
  readonly sha256: string
  /** The sequence number of the backup that has the content. */
  readonly run: number
  /** Where the content is in that backup; undefined: at `files/<path>`. */
  readonly as?: string
  /**
   * The time of modification in the store, in ms since 1970. Undefined when that was too young to be compared with: a
   * later change could have the same one.
   */
  readonly modifiedMs?: number
}

/** An entry that a backup does not contain, and what it is: a link, socket or device, or a name of another encoding. */
export interface LeftOut {
  readonly path: string
  readonly kind: 'other' | 'name'
}

/** What a backup is of. */
export interface BackupStore {
  /** `versions`, `files` or `directory`. */
  readonly kind: string
  /** As the mark of the store says; '' when it has none. */
  readonly created_at: string
}

export interface BackupSummary {
  readonly sequence: number
  /** The backup that this one continues; null for a full one. */
  readonly previous: { readonly sequence: number; readonly sha256: string } | null
  /** The point: every commit up to this lsn is in it, and none after it. */
  readonly lsn: number
  /** The time of the point, ISO 8601 in UTC. */
  readonly at: string
  readonly store: BackupStore
  /** Whether contents are hard links to files of the store: a snapshot. */
  readonly linked: boolean
  /** Of the whole state, not only of what this backup has added. */
  readonly files: number
  readonly bytes: number
  /** Files that the store itself had lost before. */
  readonly lost: LostList
  readonly left_out: readonly LeftOut[]
  /** Entries that are left out, beyond those that `left_out` names. */
  readonly left_out_omitted: number
}

export interface Manifest {
  readonly summary: BackupSummary
  /** The files that are new or differ from the backup before, by path. */
  readonly files: Map<string, BackedUpFile>
  /** Paths of the backup before that are gone. */
  readonly removed: ReadonlySet<string>
}

/** Most entries that `left_out` names. */
export const LEFT_OUT_MAX = 1000

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const DIGEST_LENGTH = 64

const CHECKSUM_BYTES = ',"checksum":"sha256:'.length + 64 + '"}\n'.length

/** Where the content of a file is, in the directory of the backup that has it. */
export function contentPath({ path, as }: Pick<BackedUpFile, 'path' | 'as'>): string {
  return as ?? `${BACKUP_FILES_DIRECTORY}/${path}`
}

/** A line of a file. */
export function encodeFile(file: BackedUpFile, run: number): string {
  const { path, bytes, sha256, as, modifiedMs } = file
  // What is undefined is not in the text.
  const origin = file.run === run ? undefined : file.run
  const line = { file: path, bytes, sha256, in: origin, as, modified_ms: modifiedMs }
  return `${JSON.stringify(line)}\n`
}

export function encodeRemoved(path: string): string {
  return `${JSON.stringify({ removed: path })}\n`
}

/** The last line, without its checksum: `sealManifest` adds it. */
export function encodeSummary(summary: BackupSummary): string {
  return JSON.stringify({ backup: summary }).slice(0, -1)
}

/** @param sha256 of all bytes of the manifest so far, in hex */
export function sealManifest(sha256: string): string {
  return `,"checksum":"sha256:${sha256}"}\n`
}

/** The bytes that the checksum at the end covers, and that checksum in hex. @throws FormatError when there is none */
export function splitManifest(bytes: Uint8Array): {
  readonly covered: Uint8Array
  readonly sha256: string
} {
  const at = bytes.length - CHECKSUM_BYTES
  const end = decode(bytes.subarray(Math.max(0, at)))
  const match = /^,"checksum":"sha256:([0-9a-f]{64})"\}\n$/.exec(end)
  if (at < 0 || match === null) throw new FormatError('it does not end with a checksum')
  return { covered: bytes.subarray(0, at), sha256: match[1] ?? '' }
}

/** Bytes that are taken apart at once: some hundred lines, about a millisecond. */
const BLOCK_BYTES = 64 * 1024

/** The lines of a manifest, some at a time. @throws FormatError for bytes that are not UTF-8 */
export function* linesOf(bytes: Uint8Array): Generator<readonly string[]> {
  const last = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start + BLOCK_BYTES)
    const end = found < 0 ? last : found
    yield decode(bytes.subarray(start, end)).split('\n')
    start = end + 1
  }
}

/** @throws FormatError for a line that no encoder wrote */
export function decodeLine(
  line: string,
  run: number,
): BackedUpFile | { readonly removed: string } | { readonly summary: BackupSummary } {
  const value = parse(line)
  if ('backup' in value) return { summary: checkSummary(value['backup']) }
  if ('removed' in value) return { removed: pathOf(value['removed']) }
  const { bytes, sha256, in: origin = run, as, modified_ms: modifiedMs } = value
  const path = pathOf(value['file'])
  if (!isCount(bytes)) throw new FormatError(`the size of ${JSON.stringify(path)} is not a number`)
  // Of another form, it is the digest of no content: that is found where contents are checked.
  if (typeof sha256 !== 'string' || sha256.length !== DIGEST_LENGTH)
    throw new FormatError(`the digest of ${JSON.stringify(path)} is not one`)
  if (!isCount(origin) || origin < 1 || origin > run)
    throw new FormatError(`${JSON.stringify(path)} is in no backup before this one`)
  if (as !== undefined && (typeof as !== 'string' || !isSafePath(as)))
    throw new FormatError(`the content of ${JSON.stringify(path)} is at an unsafe path`)
  if (modifiedMs !== undefined && typeof modifiedMs !== 'number')
    throw new FormatError(`the time of ${JSON.stringify(path)} is not a number`)
  const file: { -readonly [Field in keyof BackedUpFile]: BackedUpFile[Field] } = {
    path,
    bytes,
    sha256,
    run: origin,
  }
  if (as !== undefined) file.as = as
  if (modifiedMs !== undefined) file.modifiedMs = modifiedMs
  return file
}

function checkSummary(value: unknown): BackupSummary {
  const summary = value as Partial<Record<keyof BackupSummary, unknown>> | null
  if (typeof summary !== 'object' || summary === null) throw new FormatError('it has no summary')
  const { previous, store, lost } = summary as {
    previous?: { sequence?: unknown; sha256?: unknown } | null
    store?: { kind?: unknown; created_at?: unknown } | null
    lost?: { files?: unknown; omitted?: unknown } | null
  }
  const numbers = ['sequence', 'lsn', 'files', 'bytes', 'left_out_omitted'] as const
  const isWhole =
    numbers.every((name) => isCount(summary[name])) &&
    typeof summary.at === 'string' &&
    !Number.isNaN(Date.parse(summary.at)) &&
    typeof summary.linked === 'boolean' &&
    (previous === null || (isCount(previous?.sequence) && typeof previous.sha256 === 'string')) &&
    typeof store?.kind === 'string' &&
    typeof store.created_at === 'string' &&
    Array.isArray(lost?.files) &&
    isCount(lost.omitted) &&
    Array.isArray(summary.left_out)
  if (!isWhole) throw new FormatError('its summary is not complete')
  return value as BackupSummary
}

function pathOf(value: unknown): string {
  if (typeof value === 'string' && isSafePath(value) && isBackedUp(value)) return value
  throw new FormatError(`it names the unsafe path ${JSON.stringify(value)}`)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch (cause) {
    throw new FormatError('a line is not JSON', { cause })
  }
  throw new FormatError('a line is not an object')
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new FormatError('it is not UTF-8', { cause })
  }
}
