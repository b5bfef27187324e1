import { describe, expect, it } from 'vitest'
import { filledText } from '../../../../src/optimizer/run/fill-text.js'

describe('a text with the inputs of a case', () => {
  it('has them where Dify would fill them in, and nowhere else', () => {
    const inputs = { text: 'T', 'other.text': 'O', query: 'Q', list: [1] }
    expect(filledText('{{#start.text#}} {{#other.text#}} {{#sys.query#}}', 'basic', inputs)).toBe(
      'T O Q',
    )
    expect(filledText('{{#start.list#}} {{text}} {{#a-b.text#}}', 'basic', inputs)).toBe(
      '[1] {{text}} {{#a-b.text#}}',
    )
    expect(filledText('{{text}} {{#context#}}.', 'app', inputs)).toBe('T .')
    expect(filledText('{{#start.text#}}', 'plain', inputs)).toBe('{{#start.text#}}')
  })

  it('does not read an input as a text with references', () => {
    expect(filledText('{{#a.x#}}{{#a.y#}}', 'basic', { x: '{{#a.y#}}', y: '$&' })).toBe(
      '{{#a.y#}}$&',
    )
  })

  it('needs each input', () => {
    expect(() => filledText('{{#start.name#}}', 'basic', {})).toThrow(
      'There is no input "name" for {{#start.name#}}',
    )
  })
})
