import { describe, expect, it } from 'vitest'
import { printable } from '../../src/cli/printable.js'

describe('printable', () => {
  it.each([
    ['plain, 中文, é, 🚀', 'plain, 中文, é, 🚀'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\tc\0', 'a\\u000ab\\u0009c\\u0000'],
    ['\u009b2J', '\\u009b2J'],
    ['abc\u202ecba', 'abc\\u202ecba'],
    ['\ud800', '\\ud800'],
  ])('shows %j as %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })
})
