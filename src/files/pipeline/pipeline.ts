import { hash } from 'node:crypto'
import { isBytes } from '../../base/values.js'
import type { ByteRange, FileBody, StoredFile } from '../backend.js'
import type { FileDocument, FileEncryption } from '../file-document.js'
import {
  compressStream,
  compressWhole,
  decompressStream,
  isWorthwhile,
  type Compression,
} from './compress.js'
import { checkDigest, checkedBytes, Digest } from './digest.js'
import { decryptChunks, encryptChunks, storedChunkBytes, type EncryptedHeader } from './encrypt.js'
import { unknownKey, type Keyring } from './keys.js'
import { slice } from './slice.js'

/** What decides how a stream is compressed; no more of it is ever in memory. */
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
    return checkDigest(await this.#content(document, body), document)
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
    if (compression !== 'none')
      return slice(await this.#content(document, body), range.start, range.end)
    if (encryption === undefined) return body
    const { first, after } = chunksAround(encryption, range.start, range.end)
    const endsEarly = after * storedChunkBytes(encryption) < file.storedBytes
    const plain = decryptChunks(
      body,
      await this.#fileKey(encryption),
      headerOf(document, encryption),
      {
        first,
        endsEarly,
      },
    )
    const skipped = first * encryption.chunk_bytes
    return slice(plain, range.start - skipped, range.end - skipped)
  }

  get #sampleBytes(): number {
    return Math.max(SAMPLE_BYTES, this.#options.thresholdBytes)
  }

  async #packBytes(naming: Naming, bytes: Uint8Array): Promise<Packed> {
    const { compression: codec, thresholdBytes } = this.#options
    const digest = hash('sha256', bytes)
    const packed =
      codec !== 'none' && bytes.length > thresholdBytes
        ? await compressWhole(bytes, codec)
        : undefined
    const compression = packed === undefined ? 'none' : codec
    const { body, encryption } = await this.#encrypt({ ...naming, compression }, packed ?? bytes)
    return { body, describe: () => ({ bytes: bytes.length, digest, compression, encryption }) }
  }

  async #packStream(
    naming: Naming,
    begin: Uint8Array,
    rest: AsyncIterable<Uint8Array>,
  ): Promise<Packed> {
    const { compression: codec } = this.#options
    const digest = new Digest()
    const content = digest.of(prepended(begin, rest))
    const compression = codec !== 'none' && (await isWorthwhile(begin)) ? codec : 'none'
    const stored = compression === 'none' ? content : compressStream(content, compression)
    const { body, encryption } = await this.#encrypt({ ...naming, compression }, stored)
    return {
      body,
      describe: () => ({ bytes: digest.bytes, digest: digest.hex, compression, encryption }),
    }
  }

  async #encrypt(
    header: Omit<EncryptedHeader, 'encryption'>,
    content: FileBody,
  ): Promise<{ readonly body: FileBody; readonly encryption: FileEncryption | undefined }> {
    const { keyring, encrypt, chunkBytes } = this.#options
    if (keyring === undefined || !encrypt) return { body: content, encryption: undefined }
    const encryption = await keyring.newEncryption(chunkBytes)
    const key = await keyring.fileKey(encryption)
    const source = isBytes(content) ? single(content) : content
    const chunks = encryptChunks(source, key, { ...header, encryption })
    const body = isBytes(content) ? await joined(chunks) : chunks
    return { body, encryption }
  }

  async #content(
    document: FileDocument,
    body: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { encryption } = document
    if (encryption === undefined) return decompressStream(body, document)
    const key = await this.#fileKey(encryption)
    return decompressStream(decryptChunks(body, key, headerOf(document, encryption)), document)
  }

  async #fileKey(encryption: FileEncryption): Promise<Uint8Array> {
    const { keyring } = this.#options
    if (keyring !== undefined) return await keyring.fileKey(encryption)
    throw unknownKey(encryption.key_id)
  }
}

function headerOf(document: FileDocument, encryption: FileEncryption): EncryptedHeader {
  const { key, kind, compression } = document
  return { key, kind, compression, encryption }
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
  const iterator = checkedBytes(source)
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
