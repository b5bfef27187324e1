import { describe, expect, it } from 'vitest'
import { Cursor, isBlankOrEnd, isBreak, YamlError } from '../../../../src/dify/file/yaml-cursor.js'

describe('a cursor', () => {
  it('counts the line breaks of YAML 1.1, CR LF as one', () => {
    const cursor = new Cursor('\r\n\r\n\u0085\u2028\u2029x')
    const breaks = Array.from({ length: 6 }, () => cursor.takeBreak())
    expect(breaks).toEqual(['\n', '\n', '\n', '\u2028', '\u2029', ''])
    expect([cursor.line, cursor.column, cursor.peek()]).toEqual([5, 0, 0x78])
  })

  it('knows its column, and -1 behind the end', () => {
    const cursor = new Cursor('\n  \tab')
    cursor.takeBreak()
    expect([cursor.skipBlanks(false), cursor.column]).toEqual([2, 2])
    expect([cursor.skipBlanks(true), cursor.column]).toEqual([1, 3])
    cursor.skip(2)
    expect(cursor.peek()).toBe(-1)
  })

  it.each([
    ['---', true],
    ['... x', true],
    ['---x', false],
    [' ---', false],
  ])('knows whether %j ends a document', (text, isMark) => {
    const cursor = new Cursor(text)
    cursor.skipBlanks(false)
    expect(cursor.isAtDocumentMark()).toBe(isMark)
  })
})

it('what ends a line, and what ends a token', () => {
  const codes = [0x0a, 0x0d, 0x85, 0x2028, 0x2029, 0x20, 0x09, -1, 0x41]
  expect(codes.map(isBreak)).toEqual([true, true, true, true, true, false, false, false, false])
  expect(codes.map(isBlankOrEnd)).toEqual([...Array.from({ length: 8 }, () => true), false])
})

it('an error of YAML has its offset', () => {
  expect(new YamlError('is wrong', 7)).toMatchObject({ name: 'YamlError', offset: 7 })
})
