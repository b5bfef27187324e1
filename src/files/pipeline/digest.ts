import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { wrongArgument } from '../../base/misuse.js'
import { isBytes, kindOf } from '../../base/values.js'
import { StorageError } from '../../base/errors.js'
import type { FileDocument } from '../document.js'

/** Counts and digests the bytes that pass: by SHA-256, or with a key by HMAC-SHA256. */
export class Digest {
  bytes = 0
  readonly #hash: Hash | Hmac
  #hex: string | undefined

  constructor(key?: Uint8Array) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }

  /** In hex, of all that has passed; nothing may follow. */
  get hex(): string {
    this.#hex ??= this.#hash.digest('hex')
    return this.#hex
  }

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      this.#hash.update(piece)
      this.bytes += piece.length
      yield piece
    }
  }
}

/**
 * Copies of the pieces: the source may fill its buffer again as soon as it is asked for the next.
 *
 * @throws TypeError at the first piece that is not a Uint8Array
 */
export async function* ownBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    if (!isBytes(piece))
      throw wrongArgument(`A stream of bytes must yield Uint8Arrays, got ${kindOf(piece)}`)
    yield new Uint8Array(piece)
  }
}

/**
 * Passes a content on and checks at its end that it matches the document; one with more bytes than the document says
 * ends at the first byte too many.
 *
 * @param key of the digest, in a document of format 2
 * @throws StorageError FS-LOAD-001
 */
export async function* checkDigest(
  source: AsyncIterable<Uint8Array>,
  document: FileDocument,
  key: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  const digest = new Digest(key)
  let isTooLong = false
  for await (const piece of digest.of(source)) {
    isTooLong = digest.bytes > document.bytes
    if (isTooLong) break
    yield piece
  }
  if (digest.bytes === document.bytes && digest.hex === document.digest) return
  throw new StorageError('FS-LOAD-001', `'${document.key}' is damaged: its digest does not fit`, {
    context: {
      key: document.key,
      reason: 'checksum',
      bytes: digest.bytes,
      expected_bytes: document.bytes,
    },
  })
}
