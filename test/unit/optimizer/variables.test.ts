import { describe, expect, it } from 'vitest'
import { extractJinjaVariables, extractVariables } from '../../../src/optimizer/variables.js'

describe('extractVariables', () => {
  it.each([
    ['{{#1713262060182.text#}}', ['#1713262060182.text#']],
    [
      '{{#sys.query#}} {{#env.KEY#}} {{#conversation.a_b#}}',
      ['#sys.query#', '#env.KEY#', '#conversation.a_b#'],
    ],
    ['{{#node.a.b.c#}}', ['#node.a.b.c#']],
    ['{{#1739189441547start.item#}}', ['#1739189441547start.item#']],
    ['{{#context#}} {{#histories#}} {{#query#}}', ['#context#', '#histories#', '#query#']],
    ['{{name}}, {{name}} and {{other}}', ['name', 'other']],
    ['{{context}} {{#context#}}', ['context', '#context#']],
    ['{{ name }} {{1name}} {{#node#}} {{#.a#}} {#a.b#} {{}}', []],
    ['{{{name}}}', ['name']],
    ['no variables', []],
  ])('finds in %j: %j', (text, expected) => {
    expect(extractVariables(text)).toEqual(expected)
  })

  it('gives names from which the placeholders can be written again', () => {
    const text = 'a {{#17.text#}} b {{name}} c {{#context#}}'
    for (const variable of extractVariables(text)) expect(text).toContain(`{{${variable}}}`)
  })

  it('reads a long text of braces in linear time', () => {
    const started = performance.now()
    expect(extractVariables('{{#a.'.repeat(200_000))).toEqual([])
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('extractJinjaVariables', () => {
  it('gives the declared names that occur as words', () => {
    expect(
      extractJinjaVariables('{% for x in items %}{{ x }}{% endfor %}', ['items', 'item']),
    ).toEqual(['items'])
  })

  it('gives the heads of outputs where nothing is declared', () => {
    expect(extractJinjaVariables('{{ a | upper }} {{- b.c }} {{a}}', [])).toEqual(['a', 'b'])
  })
})
