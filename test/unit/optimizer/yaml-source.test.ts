import { describe, expect, it } from 'vitest'
import { parseYaml, WORKFLOW_BYTES_MAX } from '../../../src/optimizer/yaml-source.js'

function parse(text: string, bytesMax = WORKFLOW_BYTES_MAX): unknown {
  return parseYaml(text, 'x.yml', bytesMax)
}

describe('merge keys', () => {
  it.each([
    ['an alias', '- &a {x: 1, y: 2}\n- {<<: *a, y: 3}', { x: '1', y: '3' }],
    ['a mapping in place', '- 0\n- {<<: {x: 1}, y: 2}', { x: '1', y: '2' }],
    [
      'a list, whose earlier mappings win',
      '- [&a {x: 1}, &b {x: 2, y: 2}]\n- {<<: [*a, *b]}',
      { x: '1', y: '2' },
    ],
    ['an alias of a list', '- &l [{x: 1}, {x: 2}]\n- {<<: *l}', { x: '1' }],
    [
      'a mapping that has a merge key itself',
      '- [&a {x: 1}, &b {<<: *a, y: 2}]\n- {<<: *b, z: 3}',
      { x: '1', y: '2', z: '3' },
    ],
    ['several keys, whose later ones win', '- &a {x: 1}\n- {<<: *a, <<: {x: 2}}', { x: '2' }],
    ['a key after the own ones', '- &a {x: 1}\n- {x: 2, <<: *a}', { x: '2' }],
    ['a key named __proto__', '- &a {__proto__: 1}\n- {<<: *a}', JSON.parse('{"__proto__":"1"}')],
  ])('take %s, as PyYAML does', (_what, text, merged) => {
    expect(parse(text)).toEqual([expect.anything(), merged])
  })

  it('are texts when they are quoted', () => {
    expect(parse(`{'<<': {x: 1}}`)).toEqual({ '<<': { x: '1' } })
  })

  it.each(['{<<: text}', '{<<: [text]}', '{<<: }'])('refuse what is not a mapping: %s', (text) => {
    expect(() => parse(text)).toThrow('a merge key "<<" takes mappings only')
  })
})

describe('parseYaml', () => {
  it('reads a file with many aliases of a small text', () => {
    const text = `texts: [&t "one text for all"]\nnodes:\n${'- {text: *t}\n'.repeat(5000)}`
    expect(parse(text)).toMatchObject({
      nodes: { length: 5000, 4999: { text: 'one text for all' } },
    })
  })

  it('takes the latest anchor of a name before an alias', () => {
    expect(parse('[&a 1, *a, &a 2, *a]')).toEqual(['1', '1', '2', '2'])
  })

  it('reads a file the same with and without a %YAML directive', () => {
    const text = '---\na: yes\nb: 0o17\nc: 2024-01-01\nd: 1_000\ne: ~\n'
    expect(parse(`%YAML 1.1\n${text}`)).toEqual(parse(text))
    expect(parse(text)).toEqual({ a: 'yes', b: '0o17', c: '2024-01-01', d: '1_000', e: null })
  })

  it.each([
    ['a key that occurs twice', 'a: 1\nb: 2\na: 3', "the key 'a' occurs twice"],
    ['a number and a text for the same key', '1: a\n"1": b', "the key '1' occurs twice"],
    ['an alias without an anchor', 'a: *b', 'the alias *b has no anchor before it'],
    ['an alias within its own anchor', 'a: &a [*a]', 'the alias *a is part of what it refers to'],
    ['a list as a key', '[a]: b', 'a key is a list or a mapping, expected a text'],
    ['an anchored mapping as a key', '- &a {x: 1}\n- {*a : b}', 'a key is a list or a mapping'],
    ['a second document', 'a: 1\n---\nb: 2', 'it holds more than one document'],
    ['an open bracket', 'a:\n  - [1, 2\nb: c', 'must be sufficiently indented and end with a ]'],
    ['an error, with its place once', 'a: 1\nb: "x', 'Missing closing "quote at line 2, column 6'],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'OPT-EXT-003', message: expect.stringContaining(reason) }),
    )
  })

  it('counts the bytes of a text, and not its characters', () => {
    expect(parse('"äöü"', 8)).toBe('äöü')
    expect(() => parse('"äöü"', 7)).toThrow('it has 8 bytes, the limit is 7')
  })

  it('limits what aliases unfold to in values, characters and levels', () => {
    const chain = Array.from(
      { length: 120 },
      (_, at) => `- &a${at} [${at === 0 ? 'x' : `*a${at - 1}`}]`,
    )
    const long = `- &t "${'x'.repeat(100_000)}"\n${'- *t\n'.repeat(400)}`
    const wide = `- &w [${'x,'.repeat(2000)}]\n${'- *w\n'.repeat(600)}`
    const merged = `- &m {${Array.from({ length: 2000 }, (_, at) => `k${at}: ,`).join('')}}\n${'- {<<: *m}\n'.repeat(600)}`
    for (const text of [chain.join('\n'), long, wide, merged]) {
      expect(() => parse(text)).toThrow('its aliases unfold to more than')
    }
  })
})
