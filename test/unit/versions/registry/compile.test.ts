import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile } from '../../../../src/versions/registry/compile.js'
import { placeholdersOf } from '../../../../src/versions/registry/placeholders.js'
import { seeded } from '../../../support/random.js'

describe('compile', () => {
  it('fills both grammars', () => {
    expect(
      compile(
        { text: 'Hi {{ name }}: {{#1.text#}} {{n}} {{b}}' },
        {
          name: 'Ada',
          '#1.text#': 'x',
          n: 1.5,
          b: false,
        },
      ),
    ).toEqual({ text: 'Hi Ada: x 1.5 false' })
  })

  it('fills messages, and leaves roles, names and config as they are', () => {
    const document = {
      prompt: {
        messages: [
          { role: 'system', content: 'Speak {{language}}.', name: '{{language}}' },
          { role: 'user', content: [{ type: 'text', text: '{{q}}' }, { url: '{{q}}' }] },
          { role: 'assistant', content: null },
        ],
        config: { stop: ['{{q}}'] },
      },
    }
    expect(compile(document, { language: 'French', q: 'Why?' })).toEqual({
      messages: [
        { role: 'system', content: 'Speak French.', name: '{{language}}' },
        { role: 'user', content: [{ type: 'text', text: 'Why?' }, { url: '{{q}}' }] },
        { role: 'assistant', content: null },
      ],
      config: { stop: ['{{q}}'] },
    })
    expect(document.prompt.messages[0]?.content).toBe('Speak {{language}}.')
  })

  it('has the type of the prompt', () => {
    const text: string = compile({ prompt: { text: 'a' } }).text
    const role: string | undefined = compile({ messages: [{ role: 'user' }] }).messages[0]?.role
    expect([text, role]).toEqual(['a', 'user'])
  })

  it('names everything that does not fit at once', () => {
    const text = '{{name}} {{topic}} {{#1.text#}} {{list}} {{count}}'
    const values = { nmae: 'a', extra: 1, list: ['a'], count: Number.NaN, topic: undefined }
    const call = (): unknown => compile({ text }, values)
    expect(call).toThrow(
      'The values do not fit the placeholders of the prompt; missing: "name", "topic", "#1.text#"; surplus: "nmae" (did you mean "name"?), "extra"; of the wrong type: "list" (an array), "count" (NaN); values are text, finite numbers, true and false; with the option stringify: true also what JSON can hold',
    )
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_HOLDFAST_ARGUMENT' }))
    expect(() => compile({ text: '{{a}}' })).toThrow(/missing: "a"$/)
  })

  it('ignores surplus values by option', () => {
    expect(compile({ text: '{{a}}' }, { a: 'x', b: ['y'] }, { allowSurplus: true })).toEqual({
      text: 'x',
    })
  })

  it('writes JSON by option', () => {
    const values = { a: { b: [1, null] }, c: null, d: 'text' }
    expect(compile({ text: '{{a}} {{c}} {{d}}' }, values, { stringify: true })).toEqual({
      text: '{"b":[1,null]} null text',
    })
    expect(() => compile({ text: '{{a}}' }, { a: { b: () => 1 } }, { stringify: true })).toThrow(
      'Field "a.b" must be a JSON value',
    )
    expect(() => compile({ text: '{{a}}' }, { a: 1n }, { stringify: true })).toThrow('a bigint')
  })

  it('takes only own values', () => {
    expect(() => compile({ text: '{{constructor}} {{toString}}' })).toThrow(
      'missing: "constructor", "toString"',
    )
    const values = JSON.parse('{"__proto__":"x"}') as Record<string, string>
    expect(compile({ text: '{{__proto__}}' }, values)).toEqual({ text: 'x' })
  })

  it('refuses a prompt that includes others', () => {
    expect(() => compile({ text: '{{> other }}' })).toThrow('compose it first')
  })

  it.each<[values: unknown, message: string]>([
    [null, 'Argument "values" must be an object, got null'],
    [['a'], 'got an array'],
    ['a', 'got text'],
  ])('refuses %j as values', (values, message) => {
    expect(() => compile({ text: '' }, values as Record<string, string>)).toThrow(message)
  })

  it('refuses unknown options', () => {
    expect(() => compile({ text: '' }, {}, { allowSurplu: true } as object)).toThrow(
      'did you mean "allowSurplus"?',
    )
  })

  const name = fc.constantFrom('a', 'b', '#1.x#', 'c.d')
  const literal = fc.oneof(
    fc.string({ unit: fc.constantFrom('{', '}', 'x', '#', '$', '"', ' '), maxLength: 6 }),
    fc.constantFrom('{"a":{"b":1}}', '{{"a":1}}', '{{ "x" }}'),
  )
  const hostile = fc.oneof(
    literal,
    fc.constantFrom('{{a}}', '{{b}}', '{{#1.x#}}', '{{> other }}', '$&', '$1', '}}', '{{'),
  )

  it('inserts values as they are and never reads them again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(literal, name), { maxLength: 5 }),
        literal,
        fc.record({ a: hostile, b: hostile, '#1.x#': hostile, 'c.d': hostile }),
        (parts, tail, values) => {
          // A blank keeps the braces of a literal from those of a placeholder.
          const join = (of: (key: keyof typeof values) => string): string =>
            parts.map(([text, key]) => `${text} ${of(key as keyof typeof values)} `).join('') + tail
          const text = join((key) => `{{${key}}}`)
          const literals = placeholdersOf({
            text: parts.map(([part]) => `${part} `).join('') + tail,
          })
          fc.pre(literals.length === 0)
          expect(compile({ text }, values, { allowSurplus: true }).text).toBe(
            join((key) => values[key]),
          )
        },
      ),
      seeded(1000),
    )
  })
})
