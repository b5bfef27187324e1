import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/format/crc32c.js'
import { bytesUpTo, seeded } from '../../support/random.js'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('crc32c', () => {
  it.each([
    ['the check value', text('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
    ['32 zeros (RFC 3720 B.4)', new Uint8Array(32), 0x8a9136aa],
    ['32 ones (RFC 3720 B.4)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['counting up (RFC 3720 B.4)', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['counting down (RFC 3720 B.4)', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('computes %s', (_name, bytes, expected) => {
    expect(crc32c(bytes, 0)).toBe(expected)
  })

  it('continues where it stopped, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(bytesUpTo(300), bytesUpTo(300), fc.nat(0xffffffff), (first, second, seed) => {
        const whole = new Uint8Array([...first, ...second])
        return crc32c(second, crc32c(first, seed)) === crc32c(whole, seed)
      }),
      seeded(300),
    )
  })

  it('agrees with the definition, bit by bit', () => {
    fc.assert(
      fc.property(bytesUpTo(100), fc.nat(0xffffffff), (bytes, seed) => {
        return crc32c(bytes, seed) === bitByBit(bytes, seed)
      }),
      seeded(300),
    )
  })

  it('does not care where in memory the bytes lie', () => {
    const memory = Uint8Array.from({ length: 64 }, (_, index) => index * 37)
    for (let offset = 0; offset < 16; offset++) {
      const view = memory.subarray(offset, offset + 40)
      expect(crc32c(view, 1)).toBe(crc32c(Uint8Array.from(view), 1))
    }
  })

  it('notices every single flipped bit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const sum = crc32c(bytes, 0)
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const flipped = Uint8Array.from(bytes)
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          if (crc32c(flipped, 0) === sum) return false
        }
        return true
      }),
      seeded(50),
    )
  })
})

function bitByBit(bytes: Uint8Array, seed: number): number {
  let crc = ~seed
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}
