import { describe, expect, it } from 'vitest'
import { proseOf } from '../../../../src/optimizer/analysis/prose.js'

const words = (text: string): string => proseOf(text).text.split(/\s+/).filter(Boolean).join(' ')

describe('the prose of a text', () => {
  it('has no placeholders, addresses, tags and inline code', () => {
    const text =
      'Read {{#1713.text#}} at https://a.example/x?y=1, run `rm x`, put it in <out lang="en">.'
    expect(words(text)).toBe('Read at run , put it in .')
    expect(proseOf(text).placeholders).toBe(1)
  })

  it('has no statements of Jinja2', () => {
    expect(words('{% for x in list %}Name {{ x.name | upper }}{% endfor %}')).toBe('Name')
  })

  it('has no code blocks, closed or not, and each counts as an example', () => {
    expect(proseOf('Do this:\n```js\nvery()\n```\nthen\n~~~\nreally\n')).toMatchObject({
      outline: 'Do this:\nthen',
      examples: 2,
    })
  })

  it('has no JSON over one or several lines', () => {
    const text = 'Answer as:\n{\n  "very": ["really"]\n}\n[{"a": 1}]\nNothing else.'
    expect(proseOf(text)).toMatchObject({ outline: 'Answer as:\nNothing else.', examples: 2 })
  })

  it('keeps brackets that are not JSON, and what begins like it without an end', () => {
    expect(words('{important} do it')).toBe('{important} do it')
    expect(words('{ "a": 1,\nnever closed')).toContain('never closed')
  })

  it('is what is in the fence where the whole prompt is in one', () => {
    expect(proseOf('```xml\n<task>Translate it</task>\n```')).toMatchObject({
      outline: '<task>Translate it</task>',
      examples: 0,
    })
  })

  it('is nothing where a fence is opened for the answer', () => {
    expect(proseOf('```yaml')).toMatchObject({ outline: '', examples: 1 })
  })
})
