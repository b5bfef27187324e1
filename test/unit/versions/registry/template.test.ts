import { describe, expect, it } from 'vitest'
import { bodyOf, textsOf, withTexts } from '../../../../src/versions/registry/template.js'

const chat = {
  messages: [
    { role: 'system', content: 'a' },
    { role: 'user', content: [{ type: 'text', text: 'b' }, { type: 'image_url' }], name: 'n' },
    { role: 'assistant', content: null, tool_calls: [] },
    { role: 'tool' },
  ],
  config: { temperature: 0 },
}

describe('bodyOf', () => {
  it('finds a text or messages, alone or in a document', () => {
    expect(bodyOf({ text: 'a' })).toEqual({ text: 'a' })
    expect(bodyOf({ text: 'a', config: 1, other: 2 })).toEqual({ text: 'a', config: 1 })
    expect(bodyOf(chat)).toEqual(chat)
    expect(bodyOf({ prompt: { text: 'a', id: 'x' }, version: '1.0.0' })).toEqual({ text: 'a' })
    expect(bodyOf({ prompt: chat })).toEqual(chat)
  })

  it.each<[document: unknown, got: string]>([
    [undefined, 'undefined'],
    ['a', 'text'],
    [[{ role: 'user', content: 'a' }], 'an array'],
    [{}, 'neither'],
    [{ prompt: 'a' }, 'an object'],
    [{ text: 'a', messages: [] }, 'both'],
    [{ text: 1 }, 'a number as its text'],
    [{ messages: 'a' }, 'text as its messages'],
    [{ messages: [{ content: 'a' }] }, 'messages without a role'],
    [{ messages: [{ role: 'user', content: 1 }] }, 'content of another type'],
    [{ messages: [{ role: 'user', content: ['a'] }] }, 'content of another type'],
  ])('refuses %j', (document, got) => {
    const call = (): unknown => bodyOf(document, 'version')
    expect(call).toThrow(/^Argument "version" must be \{ text \} or \{ messages \}/)
    expect(call).toThrow(got)
  })
})

describe('withTexts', () => {
  it('replaces the texts that textsOf lists, and nothing else', () => {
    expect(textsOf(chat)).toEqual(['a', 'b'])
    expect(withTexts(chat, ['A', 'B'])).toEqual({
      messages: [
        { role: 'system', content: 'A' },
        { role: 'user', content: [{ type: 'text', text: 'B' }, { type: 'image_url' }], name: 'n' },
        { role: 'assistant', content: null, tool_calls: [] },
        { role: 'tool' },
      ],
      config: { temperature: 0 },
    })
    expect(chat.messages[0]?.content).toBe('a')
    expect(withTexts({ text: 'a', config: 1 }, ['A'])).toEqual({ text: 'A', config: 1 })
    expect(textsOf(withTexts(chat, textsOf(chat)))).toEqual(textsOf(chat))
  })
})
