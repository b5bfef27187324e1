import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TextSyntax } from '../../../../src/dify/workflow/carriers.js'
import { masked, protectedRanges } from '../../../../src/optimizer/rewriting/protected-ranges.js'
import { seeded } from '../../../support/random.js'

describe('the protected ranges of a text', () => {
  it('are placeholders in every spelling, and unpaired braces', () => {
    const text =
      '{{#171.text#}} {{ name }} {{{x}}} {{#bad-id.y#}} ${home} {field} {0} %(key)s ｛｛#a.b#｝｝ {{ open }} }}'
    expect(found(text, 'basic')).toEqual([
      'placeholder {{#171.text#}}',
      'placeholder {{ name }}',
      'placeholder {{x}}',
      'placeholder {{#bad-id.y#}}',
      'placeholder ${home}',
      'placeholder {field}',
      'placeholder {0}',
      'placeholder %(key)s',
      'placeholder ｛｛#a.b#｝｝',
      'placeholder {{ open }}',
      'placeholder }}',
    ])
    expect(found('{{ a {{b}} and {{', 'app')).toEqual([
      'placeholder {{',
      'placeholder {{b}}',
      'placeholder {{',
    ])
  })

  it('are names of shells, formats, tags of ERB and words in capitals', () => {
    const text =
      '$HOME or $name_1, %s %d %5.2f %-3d %1$s, <%= user.name %>, [USER NAME] [INST] [ID_2]'
    expect(found(text, 'basic').map((part) => part.replace('placeholder ', ''))).toEqual(
      '$HOME|$name_1|%s|%d|%5.2f|%-3d|%1$s|<%= user.name %>|[USER NAME]|[INST]|[ID_2]'.split('|'),
    )
  })

  it('are not prices, shares, check boxes, footnotes and texts of links', () => {
    const text =
      '$100, 100% sure, 50%discount, 20 % d, [x] [X] [1] [a] [LINK](./a.md) a$b [Name] \\$x'
    expect(found(text, 'basic')).toEqual(['url ./a.md'])
  })

  it('are comments of HTML, of any length, and their mark where they are not closed', () => {
    const long = `<!-- ${'<b> {{x}} '.repeat(3000)}-->`
    expect(found(`a ${long} b`, 'basic')[0]).toBe(`tag ${long}`)
    expect(found(`a ${long} b`, 'basic').filter((part) => part.startsWith('tag'))).toHaveLength(1)
    expect(found('a <!-- b <i>', 'basic')).toEqual(['tag <!--', 'tag <i>'])
    expect(found('```\n<!-- x -->\n```', 'basic')).toEqual(['code ```\n<!-- x -->\n```'])
  })

  it('are code that is indented', () => {
    expect(found('Run:\n\n    a("{{b}}")\n\nEnd.', 'basic')).toEqual([
      'code     a("{{b}}")',
      'placeholder {{b}}',
    ])
  })

  it('are the statements of a template, and its comments in Jinja2 alone', () => {
    const text = '{% if a %}yes{% endif %} {# note #} {{ a | upper }}'
    const statements = ['statement {% if a %}', 'statement {% endif %}']
    expect(found(text, 'jinja2')).toEqual([
      ...statements,
      'statement {# note #}',
      'placeholder {{ a | upper }}',
    ])
    expect(found(text, 'basic')).toEqual([...statements, 'placeholder {{ a | upper }}'])
  })

  it('are blocks of code with their fences, and placeholders within', () => {
    const text =
      'Use:\n```python\nprint("{{#a.b#}}")  # <b>\n```\n~~~\nopen to the end\n`not inline`'
    expect(found(text, 'basic')).toEqual([
      'code ```python\nprint("{{#a.b#}}")  # <b>\n```',
      'placeholder {{#a.b#}}',
      'code ~~~\nopen to the end\n`not inline`',
    ])
    expect(found('````\n```\nx\n````\nend', 'basic')).toEqual(['code ````\n```\nx\n````'])
  })

  it('are code between backticks, tags and addresses without the marks behind them', () => {
    const text =
      'Run `npm ci`, answer in <answer lang="en"> or </用户输入>, see https://a.example/x?y=1#z. 访问https://b.example/中文 [c](./d.md) or me@e.example!'
    expect(found(text, 'basic')).toEqual([
      'inline_code `npm ci`',
      'tag <answer lang="en">',
      'tag </用户输入>',
      'url https://a.example/x?y=1#z',
      'url https://b.example/',
      'url ./d.md',
      'url me@e.example',
    ])
    expect(found('https://x.example/{{#a.b#}}', 'basic')[0]).toBe('url https://x.example/{{#a.b#}}')
    expect(found('if a < b and c > d', 'basic')).toEqual([])
  })

  it('are examples in JSON, and no other brackets', () => {
    const text = 'Answer {"a": [1, {"b": "{{#c.d#}}"}]} or ["x", "y"], not [this] nor (that) {"open'
    expect(found(text, 'basic')).toEqual([
      'json {"a": [1, {"b": "{{#c.d#}}"}]}',
      'placeholder {{#c.d#}}',
      'json ["x", "y"]',
    ])
  })

  it('leave the prose, with its line ends and its length', () => {
    const text = 'Say\n```\ncode\n```\nthe {{word}} now'
    const prose = masked(text, protectedRanges(text, 'basic'))
    expect(prose).toBe('Say\n   \n    \n   \nthe          now')
  })

  it('take time that grows with the length alone', () => {
    for (const piece of [
      '$',
      '%',
      '<%',
      '[A',
      '\n    a(\n',
      '{{',
      '}}',
      '{%',
      '{"',
      '<!--',
      '`',
      '```\n',
      '{',
      '[',
      '<a ',
      '｛',
      'a@',
    ])
      expect(protectedRanges(piece.repeat(50_000), 'jinja2').length).toBeGreaterThanOrEqual(0)
  })

  it('are within the text and not empty, whatever it is', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '{{',
      '}}',
      '#',
      '%',
      '`',
      '```',
      '\n',
      '<',
      '>',
      'a',
      '"',
      ':',
      '[',
      ']',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('')
        const ranges = protectedRanges(text, 'jinja2')
        for (const { start, end } of ranges) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(text.length)
        }
        expect(masked(text, ranges)).toHaveLength(text.length)
      }),
      seeded(500),
    )
  })
})

function found(text: string, syntax: TextSyntax): readonly string[] {
  return protectedRanges(text, syntax).map(
    ({ kind, start, end }) => `${kind} ${text.slice(start, end)}`,
  )
}
