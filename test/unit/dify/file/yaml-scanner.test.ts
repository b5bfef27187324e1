import { describe, expect, it } from 'vitest'
import { YamlScanner } from '../../../../src/dify/file/yaml-scanner.js'

const ignore = (): void => undefined

function tokensOf(text: string): string[] {
  const scanner = new YamlScanner(text, ignore)
  const types: string[] = []
  while (!scanner.isAt('end')) types.push(scanner.next().type)
  return types
}

describe('the scanner', () => {
  it('learns of a key from the colon behind it', () => {
    expect(tokensOf('a:\n- b\n- [c: d]\n')).toEqual([
      'block-mapping',
      'key',
      'scalar',
      'value',
      'entry',
      'scalar',
      'entry',
      'flow-sequence',
      'key',
      'scalar',
      'value',
      'scalar',
      'flow-sequence-end',
      'block-end',
    ])
  })

  it('closes collections where the indentation ends', () => {
    expect(tokensOf('a:\n  b:\n    - c\nd: e').filter((type) => type === 'block-end')).toHaveLength(
      3,
    )
  })

  it('skips a byte order mark, comments and directives', () => {
    expect(tokensOf('\ufeff%YAML 1.1\n--- # a\nb # c\n')).toEqual(['document-start', 'scalar'])
    expect(() => tokensOf('%YAML 2.0\n--- a')).toThrow('%YAML directive is for another version')
  })

  it('takes names and tags', () => {
    expect(tokensOf('- &a !!str b\n- *a\n- !<tag:x,2000:y> c')).toEqual([
      'block-sequence',
      'entry',
      'anchor',
      'tag',
      'scalar',
      'entry',
      'alias',
      'entry',
      'tag',
      'scalar',
      'block-end',
    ])
  })

  it.each([
    ['a: b: c', 'a value of a key is not allowed here'],
    ['a: - b', 'an item of a list is not allowed here'],
    ['a: ? b', 'a key is not allowed here'],
    ['a: b\nc\nd: e', 'a ":" is missing behind a key'],
    ['a: ]', 'a bracket is closed that was not opened'],
    ['a: @b', '"@" cannot begin a value'],
    ['\ta: b', 'a tab cannot begin a value'],
    ['%kind: app', 'a directive that begins with "%" is not well-formed'],
    ['%YAML x\n---\na', 'is not well-formed'],
    ['%YAML 2.0\n---\na', 'for another version'],
    ['a: &', 'the name of an anchor is missing'],
    ['['.repeat(101), 'nested more than 100 levels deep'],
    [
      Array.from({ length: 102 }, (_, at) => `${' '.repeat(at)}a:\n`).join(''),
      'nested more than 100',
    ],
  ])('refuses %j', (text, reason) => {
    expect(() => tokensOf(text)).toThrow(reason)
  })

  it('has keys of at most 1024 characters without "?"', () => {
    expect(tokensOf(`${'🤔'.repeat(1024)}: 1`)).toContain('key')
    expect(() => tokensOf(`${'a'.repeat(1025)}: 1`)).toThrow('a value of a key is not allowed')
  })
})
