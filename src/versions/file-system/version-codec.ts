import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { StorageError } from '../../base/errors.js'
import { isError } from '../../base/values.js'
import type { VersionForm } from '../../document/version-form.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { Expected } from '../version-reader.js'

/** A form that makes files smaller. */
export type CompressedForm = Exclude<VersionForm, 'plain'>

type Work = (
  bytes: Uint8Array,
  options: object,
  done: (error: Error | null, result: Buffer) => void,
) => void

/** The functions of newer Nodes, which the types of the oldest supported one do not know. */
const ZSTD: { readonly zstdCompress?: Work; readonly zstdDecompress?: Work } = zlib as object

/** Whether this Node has zstd: 22.15 and later. */
export const HAS_ZSTD: boolean = ZSTD.zstdCompress !== undefined

const gzip = promisify<Uint8Array, object, Buffer>(zlib.gzip)
const gunzip = promisify<Uint8Array, object, Buffer>(zlib.gunzip)

/** A small text is packed and unpacked at once: that takes less time than another thread would. */
const AT_ONCE_BYTES_MAX = 8 * 1024
const AT_ONCE_TEXT_MAX = 64 * 1024

/** Of the header of gzip: the time, four bytes, and the operating system. */
const GZIP_TIME = 4
const GZIP_SYSTEM = 9
const UNKNOWN_SYSTEM = 255

/**
 * The bytes of a file in another form, made outside the event loop if that takes long. The header of gzip names neither a time nor a
 * system, so that the same text gives the same bytes everywhere, as far as the version of zlib is the same.
 */
export async function compressed(bytes: Uint8Array, form: CompressedForm): Promise<Uint8Array> {
  if (form === 'zstd') return await zstd(ZSTD.zstdCompress)(bytes, {})
  const options = { level: zlib.constants.Z_BEST_COMPRESSION }
  const isSmall = bytes.length <= AT_ONCE_BYTES_MAX
  const packed = isSmall ? zlib.gzipSync(bytes, options) : await gzip(bytes, options)
  packed.fill(0, GZIP_TIME, GZIP_TIME + 4)
  packed[GZIP_SYSTEM] = UNKNOWN_SYSTEM
  return packed
}

/**
 * The text in a file of this form. What would be longer than a version may be is not unpacked further.
 * @throws StorageError FS-LOAD-001 for bytes that are damaged or too long
 */
export async function plainBytes(
  bytes: Uint8Array,
  form: VersionForm,
  { promptId, version, path }: Expected,
): Promise<Uint8Array> {
  if (form === 'plain') return bytes
  try {
    const options = { maxOutputLength: VERSION_FILE_BYTES_MAX }
    return form === 'gzip'
      ? (unpackedAtOnce(bytes) ?? (await gunzip(bytes, options)))
      : await zstd(ZSTD.zstdDecompress)(bytes, options)
  } catch (cause) {
    if (!isCodecError(cause)) throw cause
    const isTooLong = cause.code === TOO_LONG
    const why = isTooLong
      ? `it unpacks to more than ${VERSION_FILE_BYTES_MAX} bytes`
      : `it is not a whole ${form} file`
    throw new StorageError(
      'FS-LOAD-001',
      `Cannot load version ${version} of prompt ${promptId} from ${path}: ${why}`,
      { cause, context: { path, prompt_id: promptId, version, reason: 'compression' } },
    )
  }
}

/** Undefined for what takes longer. */
function unpackedAtOnce(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > AT_ONCE_BYTES_MAX) return undefined
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: AT_ONCE_TEXT_MAX })
  } catch (error) {
    if (isCodecError(error) && error.code === TOO_LONG) return undefined
    throw error
  }
}

function zstd(work: Work | undefined): (bytes: Uint8Array, options: object) => Promise<Buffer> {
  // A store whose mark requires zstd does not open in a Node without it.
  if (work === undefined) throw missingZstd()
  return promisify<Uint8Array, object, Buffer>(work)
}

const TOO_LONG = 'ERR_BUFFER_TOO_LARGE'

/** For a store, or a call, that needs zstd where Node has none. */
export function missingZstd(): StorageError {
  return new StorageError(
    'FS-FORMAT-001',
    'zstd needs Node 22.15 or later: update Node, or use gzip',
    { context: { reason: 'zstd' } },
  )
}

function isCodecError(thrown: unknown): thrown is Error & { readonly code: string } {
  if (!isError(thrown)) return false
  const code: unknown = Reflect.get(thrown, 'code')
  return (
    typeof code === 'string' &&
    (code.startsWith('Z_') || code.startsWith('ZSTD_') || code === TOO_LONG)
  )
}
