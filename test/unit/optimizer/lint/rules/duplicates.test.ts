import { describe, expect, it } from 'vitest'
import { duplicateInstruction } from '../../../../../src/optimizer/lint/rules/duplicates.js'
import { llm, messagesOf, START } from '../lint-workflow.js'

const SENTENCE = 'Never mention the name of the company in your answer to the user.'
const messages = (text: string) => messagesOf(duplicateInstruction, [START, llm('a', text)])

describe('duplicate-instruction', () => {
  it('fires once for a sentence that is there twice or more, whatever its bullet', () => {
    expect(messages(`${SENTENCE}\nBe polite.\n- ${SENTENCE}\n3. ${SENTENCE}`)).toEqual([
      'The instruction "Never mention the name of the company in your answer to t…" is in this text twice',
    ])
    expect(
      messages('请不要在回答中提到公司的名称和地址。\n请不要在回答中提到公司的名称和地址。'),
    ).toHaveLength(1)
  })

  it.each([
    SENTENCE,
    'Be polite.\nBe polite.',
    'name: the name of the user in the order\nname: the name of the user in the order',
    `For example:\n${SENTENCE}\n${SENTENCE}`,
    `\`\`\`\n${SENTENCE}\n${SENTENCE}\n\`\`\`\nDo it.`,
  ])('does not fire for %j', (text) => {
    expect(messages(text)).toEqual([])
  })
})
