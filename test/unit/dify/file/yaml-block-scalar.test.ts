import { describe, expect, it } from 'vitest'
import { scanBlockScalar } from '../../../../src/dify/file/yaml-block-scalar.js'
import { Cursor } from '../../../../src/dify/file/yaml-cursor.js'

const around = { indent: 0, inFlow: false, onNote: () => undefined }

function scan(text: string): { value: string; style: string; end: number } {
  return scanBlockScalar(new Cursor(text), around)
}

describe('a block scalar', () => {
  it.each([
    ['|\n  a\n\n   b\n', 'a\n\n b\n'],
    ['|-\n  a\n\n', 'a'],
    ['|+\n  a\n\n', 'a\n\n'],
    ['|2-\n   a', ' a'],
    ['|-2\n   a', ' a'],
    ['>\n  a\n  b\n\n  c\n   d\n  e\n', 'a b\nc\n d\ne\n'],
    ['| # comment\n  a\n', 'a\n'],
    ['|\r\n  a\r\n  b\r\n', 'a\nb\n'],
    ['|\n\n  a\n', '\na\n'],
    ['|\n', ''],
    ['|+\n\n\nx: 1', '\n\n'],
    ['|\n  a', 'a'],
  ])('%j is %j', (text, value) => {
    expect(scan(text).value).toBe(value)
  })

  it('ends behind the empty lines that follow it', () => {
    const text = '|-\n  a\n\n\nnext: 1'
    expect(text.slice(scan(text).end)).toBe('next: 1')
    expect(scan('>-\n  a').style).toBe('folded')
  })

  it('has nothing but a comment behind its header', () => {
    expect(() => scan('|x\n')).toThrow('something other than a comment')
    expect(() => scan('|0\n')).toThrow('something other than a comment')
  })
})
