import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  decryptChunks,
  encryptChunks,
  TAG_BYTES,
  type EncryptedHeader,
} from '../../../../src/files/pipeline/encrypt.js'
import { Keyring } from '../../../../src/files/pipeline/keys.js'
import { joined } from '../../../../src/files/pipeline/pipeline.js'

const CHUNK = 1024
const STORED = CHUNK + TAG_BYTES
const MASTER = randomBytes(32)
const ring = new Keyring('k1', new Map([['k1', MASTER]]))

async function* once(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts
}

async function headerFor(key: string): Promise<EncryptedHeader> {
  const encryption = await ring.newEncryption(CHUNK)
  return { format: 2, key, kind: 'bytes', compression: 'none', encryption }
}

async function contentKey(keyring: Keyring, header: EncryptedHeader): Promise<Uint8Array> {
  return (await keyring.fileKeys(header.encryption)).content
}

async function sealed(header: EncryptedHeader, plain: Uint8Array): Promise<Buffer> {
  return await joined(encryptChunks(once(plain), await contentKey(ring, header), header))
}

async function opened(header: EncryptedHeader, stored: Uint8Array): Promise<Buffer> {
  return await joined(decryptChunks(once(stored), await contentKey(ring, header), header))
}

const TAMPERED = { code: 'FS-CRYPT-001', context: { reason: 'authentication' } }

describe('chunked encryption', () => {
  it('returns every length, however the stream is cut', async () => {
    for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 10_000]) {
      const plain = randomBytes(length)
      const header = await headerFor('a')
      const stored = await sealed(header, plain)
      expect(stored.length).toBe(length + TAG_BYTES * Math.max(1, Math.ceil(length / CHUNK)))
      expect(stored.includes(plain.subarray(0, 32)) && length >= 32).toBe(false)
      const key = await contentKey(ring, header)
      for (const size of [1, 7, STORED, 100_000]) {
        const cut = Array.from({ length: Math.ceil(stored.length / size) }, (_, at) =>
          stored.subarray(at * size, (at + 1) * size),
        )
        const back = await joined(decryptChunks(once(...cut), key, header))
        expect(back.equals(plain)).toBe(true)
      }
    }
  })

  it('never encrypts the same content twice to the same bytes', async () => {
    const plain = Buffer.alloc(100)
    const [one, two] = [await headerFor('a'), await headerFor('a')]
    expect((await sealed(one, plain)).equals(await sealed(two, plain))).toBe(false)
  })

  it('refuses what was changed, reordered, repeated, dropped, cut or put together in another way', async () => {
    const header = await headerFor('a')
    const stored = await sealed(header, randomBytes(5 * CHUNK))
    const chunks = Array.from({ length: 5 }, (_, at) =>
      stored.subarray(at * STORED, (at + 1) * STORED),
    )
    const [c0, c1, c2, c3, c4] = chunks as [Buffer, Buffer, Buffer, Buffer, Buffer]
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(stored)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    }
    const forged = [
      flipped(0),
      flipped(STORED + 3),
      flipped(stored.length - 1),
      Buffer.concat([c1, c0, c2, c3, c4]),
      Buffer.concat([c0, c1, c1, c2, c3, c4]),
      Buffer.concat([c0, c2, c3, c4]),
      Buffer.concat([c0, c1, c2, c3]),
      Buffer.concat([c4]),
      Buffer.alloc(0),
      stored.subarray(0, stored.length - 1),
      stored.subarray(0, 4 * STORED + 5),
      Buffer.concat([stored, Buffer.alloc(1)]),
      Buffer.concat([stored, c0]),
    ]
    for (const bytes of forged) await expect(opened(header, bytes)).rejects.toMatchObject(TAMPERED)
    expect((await opened(header, stored)).length).toBe(5 * CHUNK)
  })

  it('binds the chunks to key and header', async () => {
    const header = await headerFor('a')
    const stored = await sealed(header, randomBytes(100))
    const other = await headerFor('a')
    const changed: EncryptedHeader[] = [
      { ...header, key: 'b' },
      { ...header, format: 1 },
      { ...header, kind: 'text' },
      { ...header, compression: 'gzip' },
      { ...header, encryption: { ...header.encryption, chunk_bytes: 2048 } },
      { ...header, encryption: other.encryption },
    ]
    for (const wrong of changed) await expect(opened(wrong, stored)).rejects.toMatchObject(TAMPERED)
  })

  it('opens with the right key only, by hex, base64 and passphrase', async () => {
    const header = await headerFor('a')
    const stored = await sealed(header, Buffer.from('secret'))
    for (const material of [MASTER.toString('hex'), MASTER.toString('base64')]) {
      const same = new Keyring('k1', new Map([['k1', material]]))
      const key = await contentKey(same, header)
      expect((await joined(decryptChunks(once(stored), key, header))).toString()).toBe('secret')
    }
    const wrong = await contentKey(new Keyring('k1', new Map([['k1', randomBytes(32)]])), header)
    await expect(joined(decryptChunks(once(stored), wrong, header))).rejects.toMatchObject(TAMPERED)
    const unknown = new Keyring('k2', new Map([['k2', randomBytes(32)]]))
    await expect(unknown.fileKeys(header.encryption)).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { key_id: 'k1', reason: 'unknown_key' },
    })
    const phrase = new Keyring('p', new Map([['p', 'correct horse battery']]))
    const again = new Keyring('p', new Map([['p', 'correct horse battery']]))
    const encryption = await phrase.newEncryption(CHUNK)
    expect(encryption.kdf?.name).toBe('scrypt')
    expect(await again.fileKeys(encryption)).toEqual(await phrase.fileKeys(encryption))
    await expect(phrase.fileKeys({ ...encryption, kdf: undefined })).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
    })
  })
})
