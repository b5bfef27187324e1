import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../../src/dify/workflow/dify-file.js'
import { contextOf } from '../../../../../src/optimizer/lint/lint-context.js'
import { undeclaredInput, unusedInput } from '../../../../../src/optimizer/lint/rules/inputs.js'
import { contextFor, llm, messagesOf, START } from '../lint-workflow.js'

describe('unused-input', () => {
  it('fires for an input that nothing reads', () => {
    expect(messagesOf(unusedInput, [START, llm('a', 'Answer')])).toEqual([
      'The input "question" is asked for, and nothing in the workflow reads it',
    ])
  })

  it('does not fire for one in a text, a selector or an expression', () => {
    const readers = [
      llm('a', '{{#start.question#}}'),
      { id: 'a', type: 'code', variables: [{ value_selector: ['start', 'question'] }] },
      { id: 'a', type: 'tool', tool_parameters: { q: { value: 'x {{#start.question#}}' } } },
    ]
    for (const node of readers) expect(messagesOf(unusedInput, [START, node])).toEqual([])
    const quoted = { ...START, id: 'a"b' }
    const selecting = {
      id: 'c',
      type: 'code',
      variables: [{ value_selector: ['a"b', 'question'] }],
    }
    expect(messagesOf(unusedInput, [quoted, selecting])).toEqual([])
  })

  it('suggests a reference that the engine reads, or none', () => {
    const remedies = (id: string) =>
      unusedInput(contextFor([{ ...START, id }, llm('a', 'Answer')])).map(({ remedy }) => remedy)
    expect(remedies('start')).toEqual(['Refer to it as {{#start.question#}}, or remove it'])
    expect(remedies('开始')).toEqual(['Refer to it, or remove it'])
  })
})

describe('undeclared-input', () => {
  const messages = (pre_prompt: string) => {
    const source = {
      app: { mode: 'chat', name: 'chat' },
      model_config: {
        prompt_type: 'simple',
        pre_prompt,
        user_input_form: [{ paragraph: { variable: 'topic' } }],
      },
    }
    return undeclaredInput(contextOf(parseDifyFile(JSON.stringify(source), 'chat.yml'))).map(
      ({ message }) => message,
    )
  }

  it('fires for a name without an input', () => {
    expect(messages('Write about {{topic}} for {{reader}}')).toEqual([
      '{{reader}} is not filled in: the app has no input "reader"',
    ])
  })

  it('does not fire for inputs, and not for the form of an answer between <output> tags', () => {
    expect(messages('Write about {{topic}}.\n<output>\n<a>{{summary}}</a>\n</output>')).toEqual([])
    expect(messages('Write {{ topic }} and {{two words}}')).toEqual([])
  })
})
