import { describe, expect, it } from 'vitest'
import { referenceOf } from '../../../../src/server/api/reference-of.js'

describe('the reference in a request', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['^1.2', '^1.2'],
    ['latest', 'latest'],
    ['production', '@production'],
    ['@production', '@production'],
  ])('%s is %s', (text, reference) => {
    expect(referenceOf(text)).toBe(reference)
  })

  it('that names nothing that could be is refused', () => {
    for (const text of ['not a label', '\0', '1.2.3.4.5!'])
      expect(() => referenceOf(text)).toThrow(TypeError)
  })
})
