import { describe, expect, it } from 'vitest'
import { contradictingLanguages } from '../../../../../src/optimizer/lint/rules/languages.js'
import { llm, messagesOf, START } from '../lint-workflow.js'

const messages = (text: string, second?: string) =>
  messagesOf(contradictingLanguages, [
    START,
    llm(
      'a',
      text,
      second === undefined
        ? {}
        : {
            prompt_template: [
              { role: 'system', text },
              { role: 'user', text: second },
            ],
          },
    ),
  ])

describe('contradicting-languages', () => {
  it('fires for two demands in one text, or in two messages of a node', () => {
    expect(messages('Always answer in English. 请用中文回答。')).toEqual([
      '"用中文回答" contradicts "answer in English" in the same node',
    ])
    expect(messages('Respond in Japanese.', 'Reply to the user in Korean.')).toHaveLength(1)
    expect(messages('必ず日本語で回答してください。', '请使用英文输出')).toHaveLength(1)
  })

  it.each([
    'Answer in English. Again: respond only in English.',
    'If the user writes Chinese, 用中文回答. Otherwise answer in English.',
    '如果用户使用英文，请用英文回答。请用中文回答其他问题。',
    'Translate it. Write the first version in English. Write the second in Chinese.',
    'The user may write in English or answer in Chinese.',
    '请用简体中文回答，用中文输出。',
  ])('does not fire for %j', (text) => {
    expect(messages(text)).toEqual([])
  })

  it('does not fire for examples of the assistant', () => {
    const prompt_template = [
      { role: 'system', text: 'Answer in English.' },
      { role: 'assistant', text: '我用中文回答。' },
    ]
    expect(messagesOf(contradictingLanguages, [START, llm('a', '', { prompt_template })])).toEqual(
      [],
    )
  })
})
