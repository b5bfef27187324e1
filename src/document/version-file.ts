import { checksumOf, isChecksum } from './checksum.js'
import { parseJson, type JsonObject, type JsonValue } from './json.js'
import { FormatError } from './record.js'

/** Largest version file, in bytes. */
export const VERSION_FILE_BYTES_MAX: number = 64 * 1024 * 1024

/** The field that ends a version file; no document may have one of its own. */
export const CHECKSUM_FIELD = 'checksum'

/** What a version file holds, and whether it is still what was written. */
export interface DecodedVersionFile {
  /** Deep-frozen, without the checksum. */
  readonly document: JsonObject
  /** 'missing': written by other hands. 'mismatch': changed since it was written. */
  readonly checksum: 'valid' | 'missing' | 'mismatch'
}

/**
 * The bytes of a version's file: indented JSON in UTF-8, last in it the checksum of all bytes before its own line.
 *
 * @param document a frozen JSON object with at least one field, such as `freezeJson` gives
 * @throws TypeError when it has a field `checksum`; RangeError when the file would be over 64 MiB
 */
export function encodeVersionFile(
  document: object,
  options: { readonly checksum: boolean } = { checksum: true },
): Uint8Array {
  if (Object.hasOwn(document, CHECKSUM_FIELD))
    throw new TypeError(`Field "${CHECKSUM_FIELD}" must be absent: the storage writes its own`)
  const text = JSON.stringify(document, null, 2).slice(0, -CLOSING.length)
  const bodyBytes = Buffer.byteLength(text)
  const fileBytes = bodyBytes + (options.checksum ? TRAILER_BYTES : CLOSING.length + 1)
  if (fileBytes > VERSION_FILE_BYTES_MAX)
    throw new RangeError(
      `Document must take at most ${VERSION_FILE_BYTES_MAX} bytes, got ${fileBytes}`,
    )
  const file = Buffer.allocUnsafe(fileBytes)
  file.write(text)
  const end = options.checksum ? trailer(checksumOf(file.subarray(0, bodyBytes))) : `${CLOSING}\n`
  file.write(end, bodyBytes, 'latin1')
  return file
}

/**
 * Reads a version's file back.
 *
 * @throws FormatError for what is no JSON object in UTF-8 or is too large
 */
export function decodeVersionFile(bytes: Uint8Array): DecodedVersionFile {
  if (bytes.length > VERSION_FILE_BYTES_MAX)
    throw new FormatError(`${bytes.length} bytes are too many`)
  const body = bytes.subarray(0, Math.max(0, bytes.length - TRAILER_BYTES))
  const end = latin1(bytes, body.length)
  const isValid = end === trailer(checksumOf(body))
  if (!isValid && !isTrailer(end)) return decodeForeign(bytes)
  return {
    document: asObject(parseJson(body, CLOSING)),
    checksum: isValid ? 'valid' : 'mismatch',
  }
}

const CLOSING = '\n}'
const TRAILER_START = `,\n  "${CHECKSUM_FIELD}": "`
const TRAILER_END = `"${CLOSING}\n`
const TRAILER_BYTES = trailer(checksumOf(new Uint8Array(0))).length

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
 * A file of another form. If something like our checksum is in it, then somebody has changed the bytes around it, and
 * nothing vouches for the rest any more. That includes a last field of another name with a checksum for its value:
 * one flipped bit in the name must not turn a checked file into an unchecked one.
 */
function decodeForeign(bytes: Uint8Array): DecodedVersionFile {
  const { [CHECKSUM_FIELD]: claimed, ...document } = asObject(parseJson(bytes))
  const damaged = claimed !== undefined || isChecksum(Object.values(document).at(-1))
  return { document: Object.freeze(document), checksum: damaged ? 'mismatch' : 'missing' }
}

function asObject(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FormatError('not a JSON object')
  return value as JsonObject
}
