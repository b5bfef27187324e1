import { describe, expect, it } from 'vitest'
import { growingParts } from '../../../../src/versions/file-system/growing-parts.js'

describe('the parts of a list', () => {
  it('hold every item once, in order', () => {
    for (const length of [0, 1, 8, 9, 24, 50, 1000]) {
      const items = Array.from({ length }, (_, at) => at)
      expect(growingParts(items).flat()).toEqual(items)
    }
  })

  it('begin small, double, and stay below a size at which decoding would wait for long', () => {
    const sizes = growingParts(Array.from({ length: 500 })).map((part) => part.length)
    expect(sizes).toEqual([8, 16, 32, 64, 128, 128, 124])
  })
})
