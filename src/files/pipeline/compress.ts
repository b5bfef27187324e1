import { Readable, type Transform } from 'node:stream'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { StorageError } from '../../base/errors.js'
import type { FileDocument } from '../document.js'

export type Compression = FileDocument['compression']
type Codec = Exclude<Compression, 'none'>

/** A stream is compressed when its first bytes shrink to less than this part. */
const WORTHWHILE = 0.9

/** Whether this Node has zstd: 22.15 and later. */
export const HAS_ZSTD: boolean = 'createZstdCompress' in zlib

/** The functions of newer Nodes, which the types of the oldest supported one do not know. */
interface Zstd {
  createZstdCompress(): Transform
  createZstdDecompress(): Transform
  zstdCompress(bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void): void
}

const gzip = promisify<Uint8Array, Buffer>(zlib.gzip)

/** The bytes compressed, or undefined when that would not make them smaller. */
export async function compressWhole(
  bytes: Uint8Array,
  codec: Codec,
): Promise<Uint8Array | undefined> {
  const packed =
    codec === 'gzip'
      ? await gzip(bytes)
      : await promisify<Uint8Array, Buffer>(zstd(codec).zstdCompress)(bytes)
  return packed.length < bytes.length ? packed : undefined
}

/** Whether a stream that begins with `sample` is worth compressing: what follows is not known yet. */
export async function isWorthwhile(sample: Uint8Array): Promise<boolean> {
  return (await gzip(sample)).length < sample.length * WORTHWHILE
}

export function compressStream(
  source: AsyncIterable<Uint8Array>,
  codec: Codec,
): AsyncIterable<Uint8Array> {
  const packer = codec === 'gzip' ? zlib.createGzip() : zstd(codec).createZstdCompress()
  return through(source, packer)
}

/**
 * Decompresses a stream. Output that is longer than the document says is stopped at once, however little was read.
 *
 * @throws StorageError FS-CODEC-001 for a stream that is not compressed, or too long, or of a missing codec
 */
export async function* decompressStream(
  source: AsyncIterable<Uint8Array>,
  document: FileDocument,
): AsyncGenerator<Uint8Array> {
  const { key, compression, bytes: expected } = document
  if (compression === 'none') return yield* source
  const unpacker =
    compression === 'gzip' ? zlib.createGunzip() : zstd(compression, key).createZstdDecompress()
  let bytes = 0
  try {
    for await (const piece of through(source, unpacker)) {
      bytes += piece.length
      if (bytes > expected) throw refusal(key, 'it is longer than its document says', 'too_long')
      yield piece
    }
  } catch (error) {
    if (!isZlibError(error)) throw error
    throw refusal(key, `it is not a whole ${compression} stream`, 'damaged', error)
  }
}

/** A failure of the source reaches the reader, and the end of reading reaches the source. */
async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const input = Readable.from(source, { objectMode: false })
  input.on('error', (error) => transform.destroy(error))
  input.pipe(transform)
  try {
    for await (const piece of transform) yield piece as Uint8Array
  } finally {
    input.destroy()
    transform.destroy()
  }
}

function zstd(codec: Codec, key?: string): Zstd {
  if (HAS_ZSTD) return zlib as unknown as Zstd
  throw new StorageError('FS-CODEC-001', `${codec} needs Node 22.15 or later`, {
    context: { ...(key === undefined ? {} : { key }), reason: 'unsupported', codec },
  })
}

function isZlibError(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB|ERR_TRAILING)/.test(code)
}

function refusal(key: string, why: string, reason: string, cause?: unknown): StorageError {
  return new StorageError('FS-CODEC-001', `'${key}' cannot be decompressed: ${why}`, {
    cause,
    context: { key, reason },
  })
}
