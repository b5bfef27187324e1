import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { referencesOf } from '../../../../src/dify/workflow/references.js'
import { REAL_FILES } from '../dify-files.js'

describe('referencesOf', () => {
  it.each([
    ['{{#1713262060182.text#}}', 'node', ['1713262060182', 'text'], true],
    ['{{#sys.query#}}', 'sys', ['sys', 'query'], true],
    ['{{#env.key#}}', 'env', ['env', 'key'], true],
    ['{{#conversation.a.b#}}', 'conversation', ['conversation', 'a', 'b'], true],
    ['{{#rag.123.x#}}', 'rag', ['rag', '123', 'x'], false],
    ['{{#my-node.text#}}', 'node', ['my-node', 'text'], false],
    ['{{#context#}}', 'special', ['context'], true],
    ['{{#$output.name#}}', 'output', ['$output', 'name'], true],
    ['{{#[入力].[変数]#}}', 'malformed', ['[入力].[変数]'], false],
    ['{{# a.b #}}', 'malformed', [' a.b '], false],
    ['{{name}}', 'plain', ['name'], false],
    ['{{ name }}', 'plain', ['name'], false],
  ])('reads %s in a basic text', (raw, kind, parts, resolvable) => {
    expect(referencesOf(`a ${raw}.`, 'basic')).toEqual([
      { raw, start: 2, end: 2 + raw.length, kind, parts, resolvable },
    ])
  })

  it('reads at most ten names of at most 30 characters behind the first one', () => {
    const of = (path: string): boolean | undefined =>
      referencesOf(`{{#${path}#}}`, 'basic')[0]?.resolvable
    expect([of(`a${'.b'.repeat(10)}`), of(`a${'.b'.repeat(11)}`)]).toEqual([true, false])
    expect([of(`a.${'b'.repeat(30)}`), of(`a.${'b'.repeat(31)}`)]).toEqual([true, false])
  })

  it.each([
    ['app', '{{name}}', true],
    ['app', '{{ name }}', false],
    ['app', '{{#context#}}', true],
    ['app', '{{#a.b#}}', false],
    ['plain', '{{name}}', false],
    ['plain', '{{#a.b#}}', false],
    ['jinja2', '{{ a.b | upper }}', true],
    ['jinja2', "{{ {'x': 1} }}", false],
    ['jinja2', '{{#a.b#}}', false],
  ] as const)('in the syntax %s, %s is filled in: %s', (syntax, text, resolvable) => {
    expect(referencesOf(text, syntax)).toMatchObject([{ raw: text, resolvable }])
  })

  it('finds the inner of two openings, and none that is not closed on its line', () => {
    expect(referencesOf('{{#a {{#b.c#}}', 'basic')).toMatchObject([{ raw: '{{#b.c#}}' }])
    expect(referencesOf('{{{a}}', 'basic')).toMatchObject([{ raw: '{{a}}' }])
    expect(referencesOf('{{a\n}} {{b {{', 'basic')).toEqual([])
  })

  it('takes time that grows with the length of the text', () => {
    expect(referencesOf('{{#'.repeat(200_000), 'basic')).toEqual([])
    expect(referencesOf('{'.repeat(200_000), 'basic')).toEqual([])
  })

  it('reads those of all real files', () => {
    const kinds = new Map<string, number>()
    for (const [name, bytes] of REAL_FILES) {
      if (name.endsWith('chatbot.yml')) continue
      for (const { text, syntax } of parseDifyFile(bytes, name).texts)
        for (const { kind } of referencesOf(text, syntax))
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect(Object.fromEntries(kinds)).toMatchObject({
      node: expect.any(Number),
      sys: expect.any(Number),
    })
    expect(kinds.get('node')).toBeGreaterThan(100)
  })
})
