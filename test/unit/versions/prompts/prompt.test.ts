import { describe, expect, it } from 'vitest'
import {
  promptContentSchema,
  promptSchema,
  wholeText,
  withId,
} from '../../../../src/versions/prompts/prompt.js'

const least = { id: 'p', workflow_id: 'w', node_id: 'n', node_type: 'llm', text: 'Hello' }
const chat = {
  id: 'p',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hello' },
        { type: 'image_url', image_url: {} },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] },
    { role: 'tool', tool_call_id: 'c' },
  ],
  config: { model: 'm', temperature: 0.2 },
}

describe('the schema of a prompt', () => {
  it('fills in role, variables and context, in the order of the stored documents', () => {
    const extracted_at = '2025-01-17T10:00:00Z'
    expect(JSON.stringify(promptSchema.parse({ ...least, extracted_at }))).toBe(
      JSON.stringify({ ...least, role: 'system', variables: [], context: {}, extracted_at }),
    )
  })

  it('takes messages with the fields that providers have, and gives them no role of their own', () => {
    expect(promptSchema.parse(chat)).toEqual({ ...chat, variables: [], context: {} })
  })

  it('needs no fields of a workflow, and within a document no id', () => {
    expect(promptContentSchema.parse({ text: 'Hello' })).toEqual({
      text: 'Hello',
      role: 'system',
      variables: [],
      context: {},
    })
    expect(promptSchema.safeParse({ text: 'Hello' }).error?.issues[0]?.path).toEqual(['id'])
  })

  it('allows 100,000 characters, however many code units they take', () => {
    expect(promptSchema.safeParse({ ...least, text: '🤖'.repeat(100_000) }).success).toBe(true)
    expect(promptSchema.safeParse({ ...least, text: 'x'.repeat(100_001) }).success).toBe(false)
    const half = { role: 'user', content: 'x'.repeat(50_001) }
    expect(promptSchema.safeParse({ ...chat, messages: [half] }).success).toBe(true)
    expect(promptSchema.safeParse({ ...chat, messages: [half, half] }).success).toBe(false)
  })

  it.each([
    ['a blank text', { text: ' \n' }, 'text'],
    ['no text and no messages', { text: undefined }, 'text'],
    ['a text and messages', { messages: chat.messages }, 'text'],
    ['a blank variable', { variables: ['a', ' '] }, 'variables.1'],
    ['an unknown field', { label: 'x' }, ''],
    ['an empty id', { id: '' }, 'id'],
    ['a config that is not an object', { config: 'm' }, 'config'],
    ['no messages', { text: undefined, messages: [] }, 'messages'],
    [
      'a message without a role',
      { text: undefined, messages: [{ content: 'x' }] },
      'messages.0.role',
    ],
    [
      'a content of another type',
      { text: undefined, messages: [{ role: 'user', content: 1 }] },
      'messages.0.content',
    ],
    [
      'a part of another type',
      { text: undefined, messages: [{ role: 'user', content: [{ text: 1 }] }] },
      'messages.0.content',
    ],
    ['a role beside messages', { text: undefined, ...chat, role: 'user' }, 'role'],
  ])('refuses %s, and names the place', (_, change, place) => {
    const { error } = promptSchema.safeParse({ ...least, ...change })
    expect(error?.issues[0]?.path.join('.')).toBe(place)
  })
})

describe('the id of a prompt', () => {
  it('is that of the document unless there is one', () => {
    expect(JSON.stringify(withId(promptContentSchema.parse({ text: 'x' }), 'p').id)).toBe('"p"')
    const prompt = { text: 'x', id: 'q' }
    expect(withId(prompt, 'p')).toBe(prompt)
  })
})

describe('the whole text of a prompt', () => {
  it('is its text, or the texts of its messages', () => {
    expect(wholeText(promptSchema.parse(least))).toBe('Hello')
    expect(wholeText(promptSchema.parse(chat))).toBe('Be brief.\n\nHello')
  })
})
