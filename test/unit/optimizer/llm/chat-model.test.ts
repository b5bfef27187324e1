import { describe, expect, it } from 'vitest'
import {
  chatModel,
  checkChatRequest,
  signalOption,
  type ChatRequest,
} from '../../../../src/optimizer/llm/chat-model.js'

const REQUEST: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Say it.' }] }

describe('a request to a model', () => {
  it('has the fields that are given, and no undefined ones', () => {
    expect(checkChatRequest({ ...REQUEST, seed: undefined, temperature: 0.5 })).toEqual({
      ...REQUEST,
      temperature: 0.5,
    })
    const format = { type: 'json_object' }
    expect(checkChatRequest({ ...REQUEST, response_format: format }).response_format).toBe(format)
  })

  it.each<readonly [string, object]>([
    ['"model"', { model: '' }],
    ['"messages"', { messages: [] }],
    ['"messages[0].role"', { messages: [{ role: 'tool', content: '' }] }],
    ['"messages[0].content"', { messages: [{ role: 'user', content: 1 }] }],
    ['"messages[0]"', { messages: ['hello'] }],
    ['"temperature"', { temperature: 3 }],
    ['"max_tokens"', { max_tokens: 0 }],
    ['"seed"', { seed: 0.5 }],
    ['did you mean "temperature"', { temperatur: 1 }],
  ])('is refused where it does not fit: %s', (named, wrong) => {
    expect(() => checkChatRequest({ ...REQUEST, ...wrong })).toThrow(named)
  })

  it('is refused if it is not an object', () => {
    expect(() => checkChatRequest('hello' as unknown as ChatRequest)).toThrow('"request"')
  })
})

describe('an option', () => {
  it('that is a model has a name and answers', () => {
    const model = { name: 'm', complete: async () => ({ text: '', finish_reason: '', model: 'm' }) }
    expect(chatModel('model', model)).toBe(model)
    expect(() => chatModel('model', { name: 'm' })).toThrow('Option "model" must be a ChatModel')
  })

  it('that is a signal may be missing', () => {
    const { signal } = new AbortController()
    expect(signalOption({ signal }, 'complete')).toBe(signal)
    expect(signalOption(undefined, 'complete')).toBeUndefined()
    expect(() => signalOption({ signal: 5 as never }, 'complete')).toThrow('"signal"')
  })
})
