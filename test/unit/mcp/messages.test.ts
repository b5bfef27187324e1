import { describe, expect, it } from 'vitest'
import { mcpMessages, messagePlaceholdersOf, withMessages } from '../../../src/mcp/messages.js'
import type { Message } from '../../../src/versions/registry/template.js'

const PLACE: Message = { role: 'placeholder', type: 'placeholder', name: 'history' }

describe('the messages of a prompt for a client', () => {
  it('are one of the user for a text', () => {
    expect(mcpMessages({ text: 'Hi' }).messages).toEqual([
      { role: 'user', content: { type: 'text', text: 'Hi' } },
    ])
  })

  it('are those of a chat, whose other roles become the user', () => {
    const { messages, roles } = mcpMessages({
      messages: [
        { role: 'system', content: 'a' },
        { role: 'assistant', content: 'b' },
        { role: 'model', content: 'c' },
        { role: 'tool', content: null, id: 7 },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'd' },
            { type: 'image_url', url: 'u' },
          ],
        },
      ],
    })
    expect(messages.map(({ role, content }) => [role, Reflect.get(content, 'text')])).toEqual([
      ['user', 'a'],
      ['assistant', 'b'],
      ['assistant', 'c'],
      ['user', '{"role":"tool","content":null,"id":7}'],
      ['user', 'd'],
      ['user', '{"type":"image_url","url":"u"}'],
    ])
    expect(roles).toEqual(['system', 'assistant', 'model', 'tool', 'user', 'user'])
  })

  it('take further messages at their places, and leave out a place without any', () => {
    const body = { messages: [{ role: 'user', content: 'a' }, PLACE] }
    expect(messagePlaceholdersOf(body)).toEqual(['history'])
    const history = '[{"role":"assistant","content":"b"}]'
    expect(withMessages(body, { history })).toEqual({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b' },
      ],
    })
    expect(withMessages(body, {})).toEqual({ messages: [{ role: 'user', content: 'a' }] })
    expect(withMessages({ text: 'a' }, { history })).toEqual({ text: 'a' })
    expect(messagePlaceholdersOf({ text: 'a' })).toEqual([])
  })

  it.each(['', '{', '{}', '["a"]', '[{"role":"user"}]', '[{"role":1,"content":"a"}]'])(
    'refuse %j in such a place',
    (history) => {
      expect(() => withMessages({ messages: [PLACE] }, { history })).toThrow(
        /"history" must be the JSON text of a list/,
      )
    },
  )
})
