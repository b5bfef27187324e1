import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'
import { fieldOf } from '../../../../src/dify/file/yaml-tree.js'
import { blockScalar, endOfBlock } from '../../../../src/dify/file/write-block-scalar.js'

function block(raw: string, text: string): string | undefined {
  const scalar = fieldOf(
    readYaml(`a: ${raw}`, () => undefined),
    'a',
  )
  if (scalar?.kind !== 'scalar') throw new Error('there is no scalar')
  return blockScalar(raw, { text, scalar, lineBreak: '\n' })
}

describe('a block scalar in place of another', () => {
  it.each([
    ['the comment behind its header', '| # why\n  old\n', 'new\n', '| # why\n  new\n'],
    ['its indentation', '|\n        old\n', 'new\n', '|\n        new\n'],
    ['a written indentation', '|4\n     old\n', 'new\n', '|\n    new\n'],
    ['the empty lines behind it', '|\n  old\n\n\n', 'new', '|-\n  new\n\n\n'],
    ['no line break at the end of the file', '|-\n  old', 'new', '|-\n  new'],
  ])('keeps %s', (_what, raw, text, written) => {
    expect(block(raw, text)).toBe(written)
  })

  it('says what becomes of the line breaks at its end', () => {
    expect([
      block('|\n  old\n', 'a'),
      block('|-\n  old\n', 'a\n'),
      block('|\n  old\n', 'a\n\n'),
    ]).toEqual(['|-\n  a\n', '|\n  a\n', '|+\n  a\n\n'])
  })

  it('doubles line breaks when it is folded, except beside lines that begin with a blank', () => {
    expect(block('>\n  old\n', '\na\n\nb\n  c\nd\n')).toBe('>\n\n  a\n\n\n  b\n    c\n  d\n')
  })

  it('cannot have a text without a character, or with one that needs an escape', () => {
    expect([block('|\n  a\n', ''), block('|\n  a\n', '\n'), block('|\n  a\n', 'a\r')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(block(`|\n${' '.repeat(12)}a\n`, ' b')).toBeUndefined()
  })
})

it('the end of a block scalar is its last line break, with the empty lines behind it', () => {
  expect(['|\n  a \n \n\n', '|\n  a', '|\r\n  a\r\n', '|\n'].map(endOfBlock)).toEqual([
    '\n \n\n',
    '',
    '\r\n',
    '\n',
  ])
})
