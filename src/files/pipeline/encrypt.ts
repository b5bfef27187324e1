import { createCipheriv, createDecipheriv } from 'node:crypto'
import { outOfRange } from '../../base/misuse.js'
import { StorageError } from '../../base/errors.js'
import type { FileDocument, FileEncryption } from '../document.js'

export const TAG_BYTES = 16
const NONCE_BYTES = 12
/** The counter is four bytes; each store has another key, so no nonce recurs under one key. */
const CHUNKS_MAX = 2 ** 32 - 1

/** What every chunk is bound to: a chunk of another file, or of this one under another header, does not open. */
export type EncryptedHeader = Pick<FileDocument, 'format' | 'key' | 'kind' | 'compression'> & {
  readonly encryption: FileEncryption
}

/**
 * Encrypts a stream in chunks: each is AES-256-GCM with a nonce made of its place and whether it is the last one, so
 * that chunks cannot be reordered, dropped or repeated, and the end cannot be cut off.
 */
export async function* encryptChunks(
  source: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  header: EncryptedHeader,
): AsyncGenerator<Uint8Array> {
  const bound = associatedData(header)
  let index = 0
  for await (const { bytes, last } of chunksOf(source, header.encryption.chunk_bytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index++, last))
    cipher.setAAD(bound)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

/**
 * Decrypts what `encryptChunks` made. `first` is the place of the first chunk of `source`, `endsEarly` says that its
 * last one is not the file's.
 *
 * @throws StorageError FS-CRYPT-001 at the first chunk that was not written there
 */
export async function* decryptChunks(
  source: AsyncIterable<Uint8Array>,
  key: Uint8Array,
  header: EncryptedHeader,
  { first = 0, endsEarly = false }: { readonly first?: number; readonly endsEarly?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  const bound = associatedData(header)
  let index = first
  for await (const { bytes, last } of chunksOf(source, storedChunkBytes(header.encryption))) {
    const end = bytes.length - TAG_BYTES
    if (end < 0) throw tampered(header.key, index)
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, last && !endsEarly), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(bound)
    decipher.setAuthTag(bytes.subarray(end))
    const plain = decipher.update(bytes.subarray(0, end))
    try {
      decipher.final()
    } catch (cause) {
      throw tampered(header.key, index, cause)
    }
    index++
    if (plain.length > 0) yield plain
  }
}

/** Bytes of a chunk as it is stored. */
export function storedChunkBytes(encryption: FileEncryption): number {
  return encryption.chunk_bytes + TAG_BYTES
}

/** Pieces of exactly `size` bytes, the last one shorter; at least one, if empty. */
async function* chunksOf(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const piece of source) {
    waiting.push(piece)
    length += piece.length
    if (length <= size) continue
    const joined = Buffer.concat(waiting)
    let at = 0
    // One is kept back: only the end of the source tells whether it is the last.
    for (; joined.length - at > size; at += size)
      yield { bytes: joined.subarray(at, at + size), last: false }
    waiting = [joined.subarray(at)]
    length = joined.length - at
  }
  yield { bytes: Buffer.concat(waiting), last: true }
}

function nonceOf(index: number, last: boolean): Uint8Array {
  if (index > CHUNKS_MAX) throw outOfRange(`A file has at most ${CHUNKS_MAX} chunks`)
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(index, 7)
  nonce.writeUInt8(last ? 1 : 0, 11)
  return nonce
}

/** The format is bound, too: a file of format 2 cannot be given a document of format 1, which has no MAC. */
function associatedData(header: EncryptedHeader): Uint8Array {
  const { format, key, kind, compression, encryption } = header
  const { algorithm, key_id: id, chunk_bytes: bytes, salt } = encryption
  return Buffer.from(JSON.stringify([format, key, kind, compression, algorithm, id, bytes, salt]))
}

function tampered(key: string, chunk: number, cause?: unknown): StorageError {
  const message = `'${key}' does not decrypt: it was changed, cut, or encrypted with another key`
  return new StorageError('FS-CRYPT-001', message, {
    cause,
    context: { key, chunk, reason: 'authentication' },
  })
}
