import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../../../src/optimizer/llm/chat-answer.js'

describe('the body of an answer', () => {
  it('may have several choices: the first is that with the index 0', () => {
    const choices = [
      { index: 1, message: { content: 'second' } },
      { index: 0, message: { content: 'first' }, finish_reason: 'stop' },
      { index: 0, message: { content: 'first' }, finish_reason: 'stop' },
    ]
    expect(read({ choices, model: 'm' })).toEqual({
      text: 'first',
      finish_reason: 'stop',
      model: 'm',
    })
  })

  it('may say neither why it ends nor what has answered', () => {
    expect(read({ choices: [{ message: { content: 'x' } }] })).toEqual({
      text: 'x',
      finish_reason: 'unknown',
      model: '',
    })
  })

  it('may be a stream with the line ends of Windows, and data of several lines', () => {
    const text =
      'event: chunk\r\ndata: {"choices":[{"delta":\r\ndata: {"content":"x"}}]}\r\n\r\ndata: [DONE]\r\n\r\n'
    expect(readAnswer({ text, contentType: 'text/plain' }, {}).text).toBe('x')
  })

  it('is an error with the given facts if it is not an answer', () => {
    expect(() =>
      readAnswer({ text: '[1]', contentType: 'application/json' }, { url: 'u' }),
    ).toThrow(
      expect.objectContaining({ code: 'OPT-LLM-007', context: { url: 'u', reason: 'not_json' } }),
    )
    expect(() => read({ choices: [{ message: { content: null } }] })).toThrow(
      expect.objectContaining({ context: { reason: 'empty' } }),
    )
  })
})

function read(body: object): ReturnType<typeof readAnswer> {
  return readAnswer({ text: JSON.stringify(body), contentType: 'application/json' }, {})
}
