import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { isBytes } from '../../base/values.js'
import { isStorageError } from '../../base/errors.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import type { StoredFile } from '../backend.js'
import type { FileDocument, FileEncryption } from '../document.js'
import {
  compressStream,
  compressWhole,
  decompressStream,
  isWorthwhile,
  type Compression,
} from './compress.js'
import { checkDigest, Digest, ownBytes } from './digest.js'
import { decryptChunks, encryptChunks, storedChunkBytes, type EncryptedHeader } from './encrypt.js'
import { hmac } from './key-derivation.js'
import { unknownKey, type FileKeys, type Keyring, isSealed, sealed } from './keys.js'

/** The bytes that decide how a stream is compressed; no more of it is ever in memory. */
const SAMPLE_BYTES = 64 * 1024

export interface PipelineOptions {
  readonly compression: Compression
  /** Only contents over this many bytes are compressed. */
  readonly thresholdBytes: number
  readonly chunkBytes: number
  /** Undefined: new files are not encrypted, and encrypted ones cannot be read. */
  readonly keyring: Keyring | undefined
  /** Whether new files are encrypted. */
  readonly encrypt: boolean
}

/** The stored form of a content. `describe` may be called once the body has been read to its end. */
export interface Packed {
  readonly body: FileBody
  readonly describe: () => Pick<FileDocument, 'bytes' | 'digest' | 'compression' | 'encryption'>
  /** The document as it is stored: with a MAC, where the content is encrypted. */
  readonly seal: (document: FileDocument, version: number) => FileDocument
}

/** How a content is encrypted, and with what keys. */
interface Encrypting {
  readonly encryption: FileEncryption
  readonly keys: FileKeys
}

type Naming = Pick<FileDocument, 'key' | 'kind'>

/** content -> digest -> compress -> encrypt, and back. */
export class Pipeline {
  readonly #options: PipelineOptions

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** The key that new files are encrypted with, if they are. */
  get keyId(): string | undefined {
    return this.#options.encrypt ? this.#options.keyring?.currentId : undefined
  }

  get keyring(): Keyring | undefined {
    return this.#options.keyring
  }

  async pack(naming: Naming, content: FileBody): Promise<Packed> {
    if (isBytes(content)) return await this.#packBytes(naming, content)
    const { begin, rest } = await readBegin(content, this.#sampleBytes)
    if (rest === undefined) return await this.#packBytes(naming, begin)
    return await this.#packStream(naming, begin, rest)
  }

  /** The content of a whole stored file; its digest is checked at the end. */
  async unpack(
    document: FileDocument,
    body: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { encryption, format } = document
    const keys = encryption === undefined ? undefined : await this.#fileKeys(encryption)
    const digestKey = format === 1 ? undefined : keys?.digest
    return checkDigest(content(document, body, keys), document, digestKey)
  }

  /** Which stored bytes a range of the content needs; undefined for all of them. */
  storedRange(
    { document, storedBytes }: StoredFile,
    { start, end }: Required<ByteRange>,
  ): ByteRange | undefined {
    if (document.compression !== 'none') return undefined
    if (document.encryption === undefined) return { start, end }
    const { first, after } = chunksAround(document.encryption, start, end)
    const bytes = storedChunkBytes(document.encryption)
    return { start: first * bytes, end: Math.min(after * bytes, storedBytes) }
  }

  /** A range of the content, out of the stored bytes that `storedRange` names. Its digest cannot be checked. */
  async unpackRange(
    file: StoredFile,
    body: AsyncIterable<Uint8Array>,
    range: Required<ByteRange>,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { document } = file
    const { encryption, compression } = document
    const keys = encryption === undefined ? undefined : await this.#fileKeys(encryption)
    if (compression !== 'none') return slice(content(document, body, keys), range.start, range.end)
    if (encryption === undefined || keys === undefined) return body
    const { first, after } = chunksAround(encryption, range.start, range.end)
    const endsEarly = after * storedChunkBytes(encryption) < file.storedBytes
    const header = headerOf(document, encryption)
    const plain = decryptChunks(body, keys.content, header, { first, endsEarly })
    const skipped = first * encryption.chunk_bytes
    return slice(plain, range.start - skipped, range.end - skipped)
  }

  /** Whether an encrypted file belongs to our key: by its document, or, where that has no MAC, by its first chunk. */
  async opens(
    { document }: StoredFile,
    open: () => Promise<Readable | undefined>,
  ): Promise<boolean> {
    const { encryption } = document
    if (encryption === undefined) return false
    let body: Readable | undefined
    try {
      const keys = await this.#fileKeys(encryption)
      if (document.format === 2) return isSealed(document, keys)
      body = await open()
      if (body === undefined) return false
      const chunks = decryptChunks(body, keys.content, headerOf(document, encryption))
      await chunks.next()
      return true
    } catch (error) {
      if (isStorageError(error, 'FS-CRYPT-001')) return false
      throw error
    } finally {
      body?.destroy()
    }
  }

  get #sampleBytes(): number {
    return Math.max(SAMPLE_BYTES, this.#options.thresholdBytes)
  }

  async #packBytes(naming: Naming, bytes: Uint8Array): Promise<Packed> {
    const { compression: codec, thresholdBytes } = this.#options
    const encrypting = await this.#encrypting(naming, bytes)
    const packed =
      codec !== 'none' && bytes.length > thresholdBytes
        ? await compressWhole(bytes, codec)
        : undefined
    const compression = packed === undefined ? 'none' : codec
    const stored = packed ?? bytes
    const body =
      encrypting === undefined
        ? stored
        : await joined(encrypted({ ...naming, compression }, single(stored), encrypting))
    const digest =
      encrypting === undefined ? sha256(bytes) : hmac(encrypting.keys.digest, bytes).toString('hex')
    const described = { bytes: bytes.length, digest, compression } as const
    return packedAs(body, () => described, encrypting)
  }

  async #packStream(
    naming: Naming,
    begin: Uint8Array,
    rest: AsyncIterable<Uint8Array>,
  ): Promise<Packed> {
    const { compression: codec } = this.#options
    const encrypting = await this.#encrypting(naming, begin)
    const digest = new Digest(encrypting?.keys.digest)
    const passing = digest.of(prepended(begin, rest))
    const compression = codec !== 'none' && (await isWorthwhile(begin)) ? codec : 'none'
    const stored = compression === 'none' ? passing : compressStream(passing, compression)
    const body =
      encrypting === undefined ? stored : encrypted({ ...naming, compression }, stored, encrypting)
    return packedAs(
      body,
      () => ({ bytes: digest.bytes, digest: digest.hex, compression }),
      encrypting,
    )
  }

  /** @param begin what is known of the content by now */
  async #encrypting({ key }: Naming, begin: Uint8Array): Promise<Encrypting | undefined> {
    const { keyring, encrypt, chunkBytes } = this.#options
    if (keyring === undefined || !encrypt) return undefined
    const encryption = await keyring.newEncryption(chunkBytes, [key, sha256(begin)])
    return { encryption, keys: await keyring.fileKeys(encryption) }
  }

  async #fileKeys(encryption: FileEncryption): Promise<FileKeys> {
    const { keyring } = this.#options
    if (keyring !== undefined) return await keyring.fileKeys(encryption)
    throw unknownKey(encryption.key_id)
  }
}

function packedAs(
  body: FileBody,
  describe: () => Pick<FileDocument, 'bytes' | 'digest' | 'compression'>,
  encrypting: Encrypting | undefined,
): Packed {
  return {
    body,
    describe: () => ({ ...describe(), encryption: encrypting?.encryption }),
    seal: (document, version) =>
      encrypting === undefined ? document : sealed(document, version, encrypting.keys),
  }
}

function encrypted(
  naming: Naming & Pick<FileDocument, 'compression'>,
  stored: AsyncIterable<Uint8Array>,
  { encryption, keys }: Encrypting,
): AsyncIterable<Uint8Array> {
  return encryptChunks(stored, keys.content, { format: 2, ...naming, encryption })
}

function content(
  document: FileDocument,
  body: AsyncIterable<Uint8Array>,
  keys: FileKeys | undefined,
): AsyncIterable<Uint8Array> {
  const { encryption } = document
  if (encryption === undefined || keys === undefined) return decompressStream(body, document)
  const plain = decryptChunks(body, keys.content, headerOf(document, encryption))
  return decompressStream(plain, document)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function headerOf(document: FileDocument, encryption: FileEncryption): EncryptedHeader {
  const { format, key, kind, compression } = document
  return { format, key, kind, compression, encryption }
}

/** The chunks that hold a range of the plain bytes: from `first`, before `after`. */
function chunksAround(
  { chunk_bytes: bytes }: FileEncryption,
  start: number,
  end: number,
): { readonly first: number; readonly after: number } {
  const first = Math.floor(start / bytes)
  return { first, after: Math.max(first + 1, Math.ceil(end / bytes)) }
}

async function readBegin(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<{ readonly begin: Uint8Array; readonly rest?: AsyncIterable<Uint8Array> }> {
  const iterator = ownBytes(source)
  const begin: Uint8Array[] = []
  let bytes = 0
  while (bytes <= bytesMax) {
    const next = await iterator.next()
    if (next.done === true) return { begin: Buffer.concat(begin) }
    begin.push(next.value)
    bytes += next.value.length
  }
  return { begin: Buffer.concat(begin), rest: iterator }
}

async function* prepended(
  begin: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield begin
  yield* rest
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export async function joined(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The bytes of a stream from `start` to `end`; the source is not read past it. */
export async function* slice(
  source: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = 0
  if (end <= start) return
  for await (const piece of source) {
    const from = Math.max(0, start - at)
    const to = Math.min(piece.length, end - at)
    if (from < to) yield piece.subarray(from, to)
    at += piece.length
    if (at >= end) return
  }
}
