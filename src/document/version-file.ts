import { outOfRange, wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { checksumOf, isChecksum } from './checksum.js'
import { jsonText, parseJsonObject, withoutByteOrderMark, type JsonObject } from './json.js'
import { FormatError } from '../base/errors.js'
import { EXACT_LENGTH, isExactTimestamp } from './timestamp.js'

/** Largest version file, in bytes. */
export const VERSION_FILE_BYTES_MAX: number = 64 * 1024 * 1024

/** The last field of a version file; no document may have a field of this name. */
export const CHECKSUM_FIELD = 'checksum'

/**
 * The field with the time of the commit, before the version of the schema and the checksum; no document may have this
 * one either.
 */
export const SAVED_AT_FIELD = '$saved_at'

/** The field between them, in files of a later schema version than the first; no document may have it. */
export const SCHEMA_VERSION_FIELD = '$schema_version'
/** The schema version of a file without the field. */
export const SCHEMA_VERSION_FIRST = 1
export const SCHEMA_VERSION_MAX = 999_999_999

/** What a version file holds, and whether it is still what was written. */
export interface DecodedVersionFile {
  /** Deep-frozen, without the fields that the storage writes. */
  readonly document: JsonObject
  /**
   * When the commit was handed to the engine: ISO 8601, UTC, milliseconds. Undefined in files of programs that did not
   * write it: the time is unknown.
   */
  readonly savedAt: string | undefined
  /** The version of the schema that the document was saved with. */
  readonly schemaVersion: number
  /** 'missing': written by another program. 'mismatch': changed since it was written. */
  readonly checksum: 'valid' | 'missing' | 'mismatch'
  /** What was changed in the file around its content, which the checksum still proves. */
  readonly altered?: Alteration
}

/** What version control and editors do to a text without changing its content. */
export type Alteration = 'byte-order-mark' | 'line-ends'

export interface VersionFileOptions {
  readonly checksum: boolean
  /** As `Date.prototype.toISOString` writes it; without it, the file does not say when it was committed. */
  readonly savedAt?: string | undefined
  /** Written if it is not the first. */
  readonly schemaVersion?: number
}

/**
 * The bytes of a version file: indented JSON in UTF-8, at its end the time of the commit, the version of the schema, and
 * the checksum of all bytes before its own line.
 *
 * @param document a frozen JSON object with at least one field, as `freezeJson` returns
 * @throws TypeError if it has a field with a name that the storage uses; RangeError if the file would be over 64 MiB
 */
export function encodeVersionFile(
  document: object,
  options: VersionFileOptions = { checksum: true },
): Uint8Array {
  checkOwnFields(document)
  const { savedAt, schemaVersion = SCHEMA_VERSION_FIRST } = options
  const time = savedAt === undefined ? '' : savedAtLine(savedAt)
  const version = schemaVersion === SCHEMA_VERSION_FIRST ? '' : VERSION_START + schemaVersion
  const text = (jsonText(document, 2) ?? '').slice(0, -CLOSING.length) + time + version
  const bodyBytes = Buffer.byteLength(text)
  const fileBytes = bodyBytes + (options.checksum ? TRAILER_BYTES : CLOSING.length + 1)
  if (fileBytes > VERSION_FILE_BYTES_MAX)
    throw outOfRange(`Document must take at most ${VERSION_FILE_BYTES_MAX} bytes, got ${fileBytes}`)
  const file = Buffer.allocUnsafe(fileBytes)
  file.write(text)
  const end = options.checksum ? trailer(checksumOf(file.subarray(0, bodyBytes))) : `${CLOSING}\n`
  file.write(end, bodyBytes, 'latin1')
  return file
}

/** @throws TypeError for a document with a field whose name the storage uses */
export function checkOwnFields(document: object): void {
  for (const field of [CHECKSUM_FIELD, SAVED_AT_FIELD, SCHEMA_VERSION_FIELD])
    if (Object.hasOwn(document, field))
      throw wrongArgument(`Field "${field}" must be absent: the storage writes its own`)
}

/**
 * Decodes a version file.
 *
 * @throws FormatError for bytes that are not a JSON object in UTF-8 or are too many
 */
export function decodeVersionFile(bytes: Uint8Array): DecodedVersionFile {
  if (bytes.length > VERSION_FILE_BYTES_MAX)
    throw new FormatError(`${bytes.length} bytes are too many`)
  if (hasItsChecksum(bytes)) return decodeOwn(bytes, 'valid')
  const restored = restoreVersionFile(bytes)
  if (restored !== undefined && hasItsChecksum(restored.bytes))
    return { ...decodeOwn(restored.bytes, 'valid'), altered: restored.altered }
  return isTrailer(endOf(bytes))
    ? decodeOwn(bytes, 'mismatch')
    : decodeForeign(withoutByteOrderMark(bytes))
}

/**
 * A file as it was before it got a byte order mark, other line ends or other blanks at its end; undefined if it has
 * none of these. Raw line ends are never part of a document: JSON escapes them.
 */
export function restoreVersionFile(
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly altered: Alteration } | undefined {
  const text = latin1(withoutByteOrderMark(bytes), 0)
  const restored = `${withoutBlanksAtEnd(text.replace(/\r\n?/g, '\n'))}\n`
  if (restored.length === bytes.length && restored === latin1(bytes, 0)) return undefined
  return {
    bytes: Buffer.from(restored, 'latin1'),
    altered: restored === text ? 'byte-order-mark' : 'line-ends',
  }
}

/** A loop: a regular expression would start over at each blank of a long run that is not at the end. */
function withoutBlanksAtEnd(text: string): string {
  let end = text.length
  while (end > 0 && ' \t\n'.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function decodeOwn(bytes: Uint8Array, checksum: 'valid' | 'mismatch'): DecodedVersionFile {
  const body = bodyOf(bytes)
  const version = versionAtEnd(body)
  const dated = body.subarray(0, body.length - version.length)
  const savedAt = savedAtAtEnd(dated)
  const length = savedAt === undefined ? dated.length : dated.length - SAVED_AT_BYTES
  const document = parseJsonObject(dated.subarray(0, length), CLOSING)
  if (Object.hasOwn(document, SCHEMA_VERSION_FIELD)) throw noSchemaVersion()
  if (Object.hasOwn(document, SAVED_AT_FIELD)) throw noSavedAt()
  const schemaVersion =
    version === '' ? SCHEMA_VERSION_FIRST : Number(version.slice(VERSION_START.length))
  return { document, savedAt, schemaVersion, checksum }
}

/** When a file that can be decoded was committed; undefined if that is unknown. */
export function commitTimeIn(bytes: Uint8Array): string | undefined {
  if (!isTrailer(endOf(bytes))) return decodeVersionFile(bytes).savedAt
  const body = bodyOf(bytes)
  return savedAtAtEnd(body.subarray(0, body.length - versionAtEnd(body).length))
}

/** The time of the commit, if the body ends with its line. */
function savedAtAtEnd(body: Uint8Array): string | undefined {
  if (body.at(-1) !== QUOTE || body.length < SAVED_AT_BYTES) return undefined
  const line = latin1(body, body.length - SAVED_AT_BYTES)
  if (!line.startsWith(SAVED_AT_START)) return undefined
  const time = line.slice(SAVED_AT_START.length, -1)
  return isExactTimestamp(time) ? time : undefined
}

/** The line with the version of the schema, if the body ends with one. A JSON string has no raw line end. */
function versionAtEnd(body: Uint8Array): string {
  if (!isDigit(body.at(-1))) return ''
  const end = latin1(body, Math.max(0, body.length - VERSION_BYTES_MAX))
  return VERSION_LINE.exec(end)?.[0] ?? ''
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function noSavedAt(): FormatError {
  return new FormatError(
    `"${SAVED_AT_FIELD}" is not an ISO 8601 time in UTC with milliseconds in its place`,
  )
}

function noSchemaVersion(): FormatError {
  return new FormatError(
    `"${SCHEMA_VERSION_FIELD}" is not an integer from ${SCHEMA_VERSION_FIRST} to ${SCHEMA_VERSION_MAX} in its place`,
  )
}

function hasItsChecksum(bytes: Uint8Array): boolean {
  return endOf(bytes) === trailer(checksumOf(bodyOf(bytes)))
}

function bodyOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.max(0, bytes.length - TRAILER_BYTES))
}

function endOf(bytes: Uint8Array): string {
  return latin1(bytes, bodyOf(bytes).length)
}

const CLOSING = '\n}'
const TRAILER_START = `,\n  "${CHECKSUM_FIELD}": "`
const TRAILER_END = `"${CLOSING}\n`
const QUOTE = 0x22
const SAVED_AT_START = `,\n  "${SAVED_AT_FIELD}": "`
const SAVED_AT_BYTES = SAVED_AT_START.length + EXACT_LENGTH + '"'.length
const VERSION_START = `,\n  "${SCHEMA_VERSION_FIELD}": `
const VERSION_LINE = /,\n {2}"\$schema_version": [1-9]\d{0,8}$/
const VERSION_BYTES_MAX = VERSION_START.length + String(SCHEMA_VERSION_MAX).length
const TRAILER_BYTES = trailer(checksumOf(new Uint8Array(0))).length

function savedAtLine(time: string): string {
  if (!isExactTimestamp(time))
    throw outOfRange(`The time of a commit must be in the years 0 to 9999, got ${shown(time)}`)
  return `${SAVED_AT_START}${time}"`
}

function trailer(checksum: string): string {
  return TRAILER_START + checksum + TRAILER_END
}

function latin1({ buffer, byteOffset, length }: Uint8Array, from: number): string {
  return Buffer.from(buffer, byteOffset + from, length - from).toString('latin1')
}

/** Whether a file ends in our own form, whatever its checksum is. */
function isTrailer(end: string): boolean {
  if (!end.startsWith(TRAILER_START) || !end.endsWith(TRAILER_END)) return false
  return isChecksum(end.slice(TRAILER_START.length, -TRAILER_END.length))
}

/**
 * A file of another form. If something like our checksum is in it, the bytes around it were changed, and nothing
 * vouches for the rest any more. That includes a last field of another name with a checksum as its value: one flipped
 * bit in the name must not turn a checked file into an unchecked one.
 */
function decodeForeign(bytes: Uint8Array): DecodedVersionFile {
  const {
    [CHECKSUM_FIELD]: claimed,
    [SAVED_AT_FIELD]: savedAt,
    [SCHEMA_VERSION_FIELD]: schemaVersion = SCHEMA_VERSION_FIRST,
    ...document
  } = parseJsonObject(bytes)
  if (!isSchemaVersion(schemaVersion)) throw noSchemaVersion()
  if (savedAt !== undefined && !isExactTimestamp(savedAt)) throw noSavedAt()
  const damaged = claimed !== undefined || isChecksum(Object.values(document).at(-1))
  const checksum = damaged ? 'mismatch' : 'missing'
  return { document: Object.freeze(document), savedAt, schemaVersion, checksum }
}

function isSchemaVersion(value: unknown): value is number {
  if (!Number.isInteger(value)) return false
  return Number(value) >= SCHEMA_VERSION_FIRST && Number(value) <= SCHEMA_VERSION_MAX
}
