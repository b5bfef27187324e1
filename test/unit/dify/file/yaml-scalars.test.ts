import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../../src/dify/file/yaml-cursor.js'
import {
  isFlowIndicator,
  isNameCharacter,
  scanPlain,
  scanQuoted,
} from '../../../../src/dify/file/yaml-scalars.js'

const notes: string[] = []
const block = { indent: 0, inFlow: false, onNote: (kind: string) => notes.push(kind) }
const flow = { ...block, inFlow: true }

describe('a plain scalar', () => {
  it.each([
    ['a b  # comment', 'a b'],
    ['a#b', 'a#b'],
    ['a:b : c', 'a:b'],
    ['one\n  two\n\n  three\nnext', 'one two\nthree'],
    ['one\r\n two', 'one two'],
    ['a\u2028 b', 'a\u2028b'],
    ['a\n---\n', 'a'],
    ['a, [b]', 'a, [b]'],
  ])('%j in a block is %j', (text, value) => {
    expect(scanPlain(new Cursor(text), block)).toMatchObject({ value, style: 'plain', start: 0 })
  })

  it.each([
    ['a, b', 'a'],
    ['a]', 'a'],
    ['a:}', 'a'],
    ['http://x/y]', 'http://x/y'],
  ])('%j in brackets is %j', (text, value) => {
    expect(scanPlain(new Cursor(text), flow).value).toBe(value)
  })

  it('ends behind its last character, before blanks and comments', () => {
    expect(scanPlain(new Cursor('ab \n\n'), block).end).toBe(2)
  })

  it('takes a tab between words, with a note', () => {
    notes.length = 0
    expect(scanPlain(new Cursor('a\tb'), block).value).toBe('a\tb')
    expect(notes).toEqual(['tab'])
  })
})

describe('a scalar in quotes', () => {
  it.each([
    ["'it''s \"x\" \\n'", `it's "x" \\n`],
    ["'a\n\n\n  b  \n c'", 'a\n\nb c'],
    ['"a\\\n   \\  b\\x41\\u00e9\\U0001F914\\L"', 'a  bAé🤔\u2028'],
    ['"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\N\\_\\P\\/\\""', '\0\x07\b\t\n\v\f\r\x1b\x85\xa0\u2029/"'],
    ['"a\r\nb"', 'a b'],
    ['""', ''],
  ])('%j is %j', (text, value) => {
    expect(scanQuoted(new Cursor(text), block)).toMatchObject({ value, end: text.length })
  })

  it('may have lines that are indented less than its key, with one note', () => {
    notes.length = 0
    expect(scanQuoted(new Cursor("'a\nb\nc'"), { ...block, indent: 4 }).value).toBe('a b c')
    expect(notes).toEqual(['under_indented'])
  })

  it.each([
    ["'a", 'does not end'],
    ['"\\q"', 'no known name'],
    ['"\\x4"', 'needs 2 hexadecimal digits'],
    ['"\\U00110000"', 'needs 8 hexadecimal digits'],
    ['"\n---\n"', 'a document ends within'],
  ])('is refused: %j', (text, reason) => {
    expect(() => scanQuoted(new Cursor(text), block)).toThrow(reason)
  })
})

it('characters of names and of flow collections', () => {
  expect(Array.from(',[]{}', (each) => isFlowIndicator(each.charCodeAt(0)))).not.toContain(false)
  expect(Array.from('aé-_1', (each) => isNameCharacter(each.charCodeAt(0)))).not.toContain(false)
  expect(Array.from(', :]', (each) => isNameCharacter(each.charCodeAt(0)))).not.toContain(true)
})
