import { describe, expect, it } from 'vitest'
import { rounded, roundedNumbers } from '../../../src/base/rounded.js'

describe('a number of a report', () => {
  it.each([
    [0.1 + 0.2, 0.3],
    [-(0.1 + 0.2), -0.3],
    [2 / 3, 0.666667],
    [200 / 3, 66.666667],
    [0.1, 0.1],
    [1 / 30, 0.0333333],
    [2 ** -24, 5.96046e-8],
    [0.1 * 3 - 0.3, 5.55112e-17],
    [0, 0],
    [-0, -0],
    [1234567, 1234567],
    [2 ** 60, 2 ** 60],
    [1234567.1234567, 1234567.123457],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ])('%d is %d', (value, expected) => {
    expect(rounded(value)).toBe(expected)
    expect(rounded(rounded(value))).toBe(expected)
  })

  it('is rounded at every depth, and nothing else changes', () => {
    const report = { a: [0.1 + 0.2, 'x', null, true, { b: 1 / 3 }], c: undefined }
    expect(roundedNumbers(report)).toStrictEqual({
      a: [0.3, 'x', null, true, { b: 0.333333 }],
      c: undefined,
    })
  })
})
