import { describe, expect, it } from 'vitest'
import { fill, placeholdersOf } from '../../../../src/versions/registry/placeholders.js'
import { cpuTimer } from '../../../support/cpu-time.js'

function namesIn(text: string): string[] {
  return placeholdersOf({ text }).map(({ name }) => name)
}

describe('placeholdersOf', () => {
  it('lists both grammars in order of appearance, each once', () => {
    const messages = [
      { role: '{{role}}', content: 'Hi {{ name }}, {{#1711.text#}}' },
      { role: 'user', content: [{ type: 'text', text: '{{name}} {{question}} {{#1711.text#}}' }] },
    ]
    expect(placeholdersOf({ messages })).toEqual([
      { name: 'name', grammar: 'mustache' },
      { name: '#1711.text#', grammar: 'dify' },
      { name: 'question', grammar: 'mustache' },
    ])
  })

  it.each([
    ['{{name}}', 'name'],
    ['{{ name }}', 'name'],
    ['{{\tname}}', 'name'],
    ['{{user.first-name}}', 'user.first-name'],
    ['{{имя}} ', 'имя'],
    ['{{名前}}', '名前'],
    ['{{_}}', '_'],
    ['{{__proto__}}', '__proto__'],
    ['{{{name}}}', 'name'],
    ['{"a":{"b":{{value}}}}', 'value'],
    ['{{#context#}}', '#context#'],
    ['{{#sys.query#}}', '#sys.query#'],
    ['{{#1711528914102.structured_output.name#}}', '#1711528914102.structured_output.name#'],
  ])('finds the one of %s', (text, name) => {
    expect(namesIn(text)).toEqual([name])
  })

  it.each([
    '{"a":{"b":1}}',
    '{{"a":1}}',
    '{{ "x" }}',
    "{{ 'x' }}",
    '{{1}}',
    '{{}}',
    '{{ }}',
    '{name}',
    '{ {name} }',
    '{{name}',
    '{{a b}}',
    '{{ name | upper }}',
    '{{-name}}',
    '{{name.}}',
    '{{#each}}',
    '{{#items}}{{/items}}',
    '{{# 1711.text #}}',
    '{{#1711#}}',
    '{{#1711.2x#}}',
    '{{> other }}',
    '{{! comment }}',
    '{% if name %}',
    '\\frac{{{1}}}{2}',
    '{{na\nme}}',
  ])('leaves %j as it is', (text) => {
    expect(namesIn(text)).toEqual([])
    expect(fill(text, () => 'x')).toBe(text)
  })

  it('reads a long text of open braces in linear time', () => {
    const elapsed = cpuTimer()
    expect(
      namesIn(`${'{{ a'.repeat(100_000)}${'{{'.repeat(100_000)}{{${'a.'.repeat(200_000)}`),
    ).toEqual([])
    expect(elapsed()).toBeLessThan(5000)
  })
})

describe('fill', () => {
  it('keeps what surrounds a placeholder, and inserts $ as it is', () => {
    expect(fill('a {{ x }}{{x}} {{{x}}}', () => '$& $1')).toBe('a $& $1$& $1 {$& $1}')
  })
})
