import { describe, expect, it } from 'vitest'
import { protectedParts } from '../../../../src/optimizer/rewriting/protected-parts.js'

describe('what of a text must survive', () => {
  it('is listed by kind, each part as often as it occurs', () => {
    const parts = protectedParts('{{a}} {{b}} {{a}} `x` <b>y</b> https://c.example', 'basic')
    expect(parts).toMatchObject({
      placeholder: ['{{a}}', '{{b}}', '{{a}}'],
      inline_code: ['`x`'],
      tag: ['<b>', '</b>'],
      url: ['https://c.example'],
      code: [],
      json: [],
      statement: [],
      hidden: [],
    })
  })

  it('has the items of lists with their numbers, whatever marks them', () => {
    const text =
      '- a\n  * b\n• c\n1. d\n2) e\n3、f\n（4）g\n(b) h\n一、i\n② j\na. k\n1.5 litres\n---\n**bold**\n```\n- code\n```'
    expect(protectedParts(text, 'basic').items.map(({ mark }) => mark)).toEqual(
      '- - - 1 2 3 4 b 一 ② a'.split(' '),
    )
  })

  it('has the tags around each part, and the text of each item without its protected parts', () => {
    const { places, items } = protectedParts('<a>{{x}}</a>\n- See `y` now.', 'basic')
    expect(places).toEqual(['a {{x}}'])
    expect(items).toEqual([{ mark: '-', text: 'See `y` now.', prose: 'See     now.' }])
  })

  it('has hidden characters, but not the joiners that emoji and Persian need', () => {
    const text = 'a\u200Bb \u202Ec 👩\u200D💻 می\u200Cخواهم x\u200Dy \uFFFD \u{E0041}'
    expect(protectedParts(text, 'basic').hidden).toEqual(
      Array.from('\u200B\u202E\u200D\uFFFD\u{E0041}'),
    )
  })

  it('does not depend on the line ends', () => {
    const text = '1. a\n```\ncode\n```\n{"a":\n1}'
    expect(protectedParts(text.replaceAll('\n', '\r\n'), 'basic')).toEqual(
      protectedParts(text, 'basic'),
    )
  })

  it('has the language of the prose alone', () => {
    const { language } = protectedParts('总结 {{english_words_here}} `and code` <and tag>', 'basic')
    expect([...language.scripts.keys()]).toEqual(['Chinese characters'])
  })
})
