import { describe, expect, it } from 'vitest'
import { printable, printableContent, printableJson } from '../../../src/cli/printable.js'

describe('printable', () => {
  it.each([
    ['plain, 中文, é, 🚀', 'plain, 中文, é, 🚀'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\tc\0', 'a\\u000ab\\u0009c\\u0000'],
    ['\u009b2J', '\\u009b2J'],
    ['abc\u202ecba', 'abc\\u202ecba'],
    ['\ud800', '\\ud800'],
    ['a\u200bb\u00adc\ufeffd\u200fe\u061cf', 'a\\u200bb\\u00adc\\ufeffd\\u200fe\\u061cf'],
    ['admin\u{e0001}\u{e0041}', 'admin\\u{e0001}\\u{e0041}'],
    ['a\u3164b\ufe0fc', 'a\\u3164b\\ufe0fc'],
  ])('shows %j as %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
  })
})

describe('printableContent', () => {
  it.each([
    ['two\nlines\tand CRLF\r\n', 'two\nlines\tand CRLF\r\n'],
    ['\u0645\u06cc\u200c\u062e', '\u0645\u06cc\u200c\u062e'],
    ['over\rwritten', 'over\\u000dwritten'],
    ['\u001b[2J\u009b2J', '\\u001b[2J\\u009b2J'],
    ['\u202etxet\u2066', '\\u202etxet\\u2066'],
  ])('shows %j as %j', (text, expected) => {
    expect(printableContent(text)).toBe(expected)
  })
})

describe('printableJson', () => {
  it('is JSON of the same value, with nothing in it that would steer a terminal', () => {
    const value = { 'k\u202e': ['\u009b2J', '\u{e0041}', 'é 🚀', '\u2028', '\u007f', 'a\nb'], n: 1 }
    const text = printableJson(value)
    expect(JSON.parse(text)).toEqual(value)
    expect(text).toContain('é 🚀')
    expect(text).not.toMatch(/[\p{Cf}\p{Zl}\u007f-\u009f]/u)
  })
})
