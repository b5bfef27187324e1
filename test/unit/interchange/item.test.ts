import { describe, expect, it } from 'vitest'
import { wrongArgument } from '../../../src/base/misuse.js'
import {
  EMPTY,
  isBlank,
  isObject,
  otherItem,
  placeOf,
  reasonOf,
  refused,
} from '../../../src/interchange/item.js'

describe('an item', () => {
  it('that is not a version has its place and the reason', () => {
    expect(otherItem('a.json', refused('it is odd', 3))).toEqual({
      kind: 'refused',
      place: 'a.json:3',
      reason: 'it is odd',
    })
    expect(otherItem('a.json', EMPTY)).toEqual({
      kind: 'skipped',
      place: 'a.json',
      reason: 'it has no text',
    })
    expect(placeOf('a', undefined)).toBe('a')
    expect(refused('x')).toEqual({ kind: 'refused', reason: 'x' })
  })

  it('is refused for what a check says, and for nothing else', () => {
    expect(reasonOf(wrongArgument('it is wrong'))).toBe('it is wrong')
    const defect = new TypeError('x is not a function')
    expect(() => reasonOf(defect)).toThrow(defect)
    expect(() => reasonOf('text')).toThrow('text')
  })

  it('is blank without any letter', () => {
    expect([isBlank(' \r\n\t'), isBlank('\u0000')]).toEqual([true, false])
    expect([isObject({}), isObject([]), isObject(null), isObject('')]).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})
