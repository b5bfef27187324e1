import { scryptSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  hmac,
  MasterKey,
  Passphrase,
  subkey,
} from '../../../../src/files/pipeline/key-derivation.js'
import type { KeyDerivation } from '../../../../src/files/document.js'

const KDF: KeyDerivation = {
  name: 'scrypt',
  salt: Buffer.alloc(16, 7).toString('base64'),
  cost: 1024,
  block_size: 8,
  parallelization: 1,
}
const derivedBy = ({ cost, block_size: r, parallelization: p, salt }: KeyDerivation): Uint8Array =>
  scryptSync('phrase', Buffer.from(salt, 'base64'), 32, { N: cost, r, p, maxmem: 2 ** 30 })

describe('a passphrase', () => {
  it('is derived by scrypt with the parameters that are given', async () => {
    const phrase = new Passphrase('phrase')
    for (const kdf of [KDF, { ...KDF, cost: 2048 }, { ...KDF, block_size: 4 }])
      expect(Buffer.from(await phrase.key(kdf))).toEqual(Buffer.from(derivedBy(kdf)))
  })

  it('is derived once for many at once, and then known without a computation', async () => {
    const phrase = new Passphrase('phrase')
    expect(phrase.knownKey(KDF)).toBeUndefined()
    const [one, two] = await Promise.all([phrase.key(KDF), phrase.key({ ...KDF })])
    expect(one).toBe(two)
    expect(phrase.knownKey(KDF)).toBe(one)
    expect(phrase.knownKey({ ...KDF, salt: 'AAAA' })).toBeUndefined()
  })

  it('has a salt of its own for new files until it adopts that of the store', () => {
    const [phrase, other] = [new Passphrase('phrase'), new Passphrase('phrase')]
    expect(phrase.derivation.salt).not.toBe(other.derivation.salt)
    phrase.adopt(undefined)
    expect(phrase.derivation.salt).not.toBe(KDF.salt)
    phrase.adopt(KDF)
    expect(phrase.derivation).toEqual(KDF)
  })

  it('opens nothing that was encrypted with a key, or that cannot be derived', async () => {
    const phrase = new Passphrase('phrase')
    await expect(phrase.key(undefined)).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { reason: 'wrong_key' },
    })
    // Not a power of two.
    const impossible = phrase.key({ ...KDF, cost: 1000 })
    await expect(impossible).rejects.toMatchObject({
      code: 'FS-CRYPT-001',
      context: { reason: 'derivation' },
    })
    expect(await phrase.key(KDF)).toHaveLength(32)
  })

  it('forgets keys when documents name too many derivations', async () => {
    const phrase = new Passphrase('phrase')
    const cheap = (at: number): KeyDerivation => ({ ...KDF, cost: 2, salt: `salt${at}` })
    const first = await phrase.key(cheap(0))
    for (let at = 1; at <= 256; at++) await phrase.key(cheap(at))
    expect(phrase.knownKey(cheap(0))).toBeUndefined()
    expect(phrase.knownKey(cheap(256))).toBeDefined()
    expect(await phrase.key(cheap(0))).toEqual(first)
  })
})

describe('a key', () => {
  it('is itself, whatever derivation a document names', async () => {
    const key = new MasterKey(Buffer.alloc(32, 1))
    expect(key.derivation).toBeUndefined()
    expect(await key.key()).toBe(key.knownKey())
  })

  it('has another subkey for each purpose, salt and id', () => {
    const [master, salt] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
    const keys = [
      subkey(master, salt, 'file', 'k'),
      subkey(master, salt, 'digest', 'k'),
      subkey(master, salt, 'file', 'other'),
      subkey(master, Buffer.alloc(32, 3), 'file', 'k'),
      subkey(Buffer.alloc(32, 4), salt, 'file', 'k'),
    ].map((key) => hmac(key, 'x').toString('hex'))
    expect(new Set(keys).size).toBe(keys.length)
    expect(subkey(master, salt, 'file', 'k')).toEqual(subkey(master, salt, 'file', 'k'))
  })
})
