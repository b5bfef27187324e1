import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { crc32c } from '../../../src/format/crc32c.js'
import { binding } from './support.js'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('crc32c of the addon', () => {
  it.each([
    ['nothing', new Uint8Array(0), 0],
    ['the check string', text('123456789'), 0xe3069283],
    // RFC 3720, B.4
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['counting up', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
    ['counting down', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ])('knows the published value of %s', (_, bytes, expected) => {
    expect(binding().crc32c(bytes, 0)).toBe(expected)
    expect(binding().crc32c(bytes, 0, true)).toBe(expected)
  })

  it('agrees by instruction, by table and with the portable one, and continues from a seed', () => {
    const { crc32c: native } = binding()
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(7),
        (first, second, skip) => {
          const whole = new Uint8Array(Buffer.concat([first, second]))
          const expected = crc32c(whole, 0)
          expect(native(whole, 0)).toBe(expected)
          expect(native(whole, 0, true)).toBe(expected)
          expect(native(second, native(first, 0))).toBe(expected)
          // Unaligned views of a larger buffer.
          const shifted = new Uint8Array(whole.length + skip)
          shifted.set(whole, skip)
          expect(native(shifted.subarray(skip), 0)).toBe(expected)
        },
      ),
    )
  })
})
