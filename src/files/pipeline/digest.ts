import { createHash } from 'node:crypto'
import { isBytes } from '../../base/values.js'
import { StorageError } from '../../errors.js'
import { kindOf } from '../../options.js'
import type { FileDocument } from '../file-document.js'

/** Counts and digests what passes. */
export class Digest {
  bytes = 0
  readonly #hash = createHash('sha256')
  #hex: string | undefined

  /** SHA-256 in hex, of all that has passed; nothing may follow. */
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

/** @throws TypeError at the first piece that is no Uint8Array */
export async function* checkedBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    if (!isBytes(piece))
      throw new TypeError(`A stream of bytes must yield Uint8Arrays, got ${kindOf(piece)}`)
    yield piece
  }
}

/**
 * Passes a content on and checks at its end that it is the one of the document; what has more bytes than the document
 * says ends at the first byte too many. @throws StorageError FS-LOAD-001
 */
export async function* checkDigest(
  source: AsyncIterable<Uint8Array>,
  document: FileDocument,
): AsyncGenerator<Uint8Array> {
  const digest = new Digest()
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
