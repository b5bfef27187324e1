import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checksumOf, isChecksum } from '../../../src/document/checksum.js'
import { bytesUpTo, seeded } from '../../support/random.js'

describe('checksums', () => {
  it('are SHA-256 in hex with their name in front', () => {
    // The test vectors of FIPS 180 for no bytes and for "abc".
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(checksumOf(new Uint8Array(0))).toBe(`sha256:${empty}`)
    expect(checksumOf(Buffer.from('abc'))).toBe(`sha256:${abc}`)
    expect(isChecksum(`sha256:${abc}`)).toBe(true)
  })

  it('of any bytes are what another implementation says, and have the form of one', () => {
    fc.assert(
      fc.property(bytesUpTo(300), (bytes) => {
        const hex = createHash('sha256').update(bytes).digest('hex')
        expect(checksumOf(bytes)).toBe(`sha256:${hex}`)
        expect(isChecksum(checksumOf(bytes))).toBe(true)
      }),
      seeded(200),
    )
  })

  it('have one form only', () => {
    const hex = 'a'.repeat(64)
    for (const value of [
      hex,
      `SHA256:${hex}`,
      `sha256:${hex.toUpperCase()}`,
      `sha256:${hex}a`,
      `sha256:${hex}\n`,
      null,
    ])
      expect(isChecksum(value)).toBe(false)
  })
})
