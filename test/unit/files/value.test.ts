import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../src/base/errors.js'
import { decodeValue, encodeValue } from '../../../src/files/value.js'

const roundTrip = (value: unknown): unknown => {
  const { kind, bytes } = encodeValue(value)
  return decodeValue(kind, bytes)
}

describe('a value', () => {
  it.each([
    ['bytes', new Uint8Array([0, 255, 10])],
    ['bytes', new Uint8Array(0)],
    ['text', ''],
    ['text', '\ufeffwith a byte order mark\r\n'],
    ['text', '{"not":"JSON"}'],
    ['json', null],
    ['json', -0.5],
    ['json', true],
    ['json', { list: [1, 'two', null], nested: { __proto: 1 } }],
  ])('is %s, and exactly the same when it is read: %j', (kind, value) => {
    expect(encodeValue(value).kind).toBe(kind)
    expect(roundTrip(value)).toEqual(value)
  })

  it('does not change with the object that it was made of', () => {
    const [given, list] = [new Uint8Array([1, 2]), [1]]
    const [bytes, json] = [encodeValue(given), encodeValue(list)]
    given[0] = 9
    list.push(2)
    expect(decodeValue('bytes', bytes.bytes)).toEqual(new Uint8Array([1, 2]))
    expect(decodeValue('json', json.bytes)).toEqual([1])
    const read = decodeValue('bytes', bytes.bytes) as Uint8Array
    read[0] = 9
    expect(bytes.bytes[0]).toBe(1)
    expect(Object.isFrozen(decodeValue('json', json.bytes))).toBe(true)
  })

  it('is refused when JSON would drop or change it, or UTF-8 would', () => {
    const refused = [undefined, Number.NaN, 1n, new Map(), () => 1, { at: new Date() }, 'a\ud800']
    for (const value of refused) expect(() => encodeValue(value)).toThrow(TypeError)
  })

  it('is damaged when its bytes are not of its kind', () => {
    expect(() => decodeValue('text', Buffer.from([0xc3, 0x28]))).toThrow(FormatError)
    expect(() => decodeValue('json', Buffer.from('{"cut":'))).toThrow(FormatError)
    expect(decodeValue('bytes', Buffer.from([0xc3, 0x28]))).toEqual(new Uint8Array([0xc3, 0x28]))
  })
})
