import { describe, expect, it } from 'vitest'
import {
  emptyJinja2,
  missingContext,
  noPrompt,
  unusedContext,
} from '../../../../../src/optimizer/lint/rules/llm-nodes.js'
import { llm, messagesOf, START } from '../lint-workflow.js'

const knowledge = { id: 'k', type: 'knowledge-retrieval' }
const context = { enabled: true, variable_selector: ['k', 'result'] }

describe('unused-context', () => {
  it('fires where no message has the context', () => {
    expect(
      messagesOf(unusedContext, [START, knowledge, llm('a', 'Answer', { context })]),
    ).toHaveLength(1)
  })

  it.each(['Answer by {{#context#}}', 'Answer by {{#k.result#}}'])(
    'does not fire for %j',
    (text) => {
      expect(messagesOf(unusedContext, [START, knowledge, llm('a', text, { context })])).toEqual([])
    },
  )

  it('does not fire where the context is switched off, empty, or the text is Jinja2', () => {
    const jinja = {
      prompt_template: [{ role: 'system', edition_type: 'jinja2', jinja2_text: 'Answer {{ k }}' }],
    }
    const nodes = [
      START,
      knowledge,
      llm('a', 'x', { context: { ...context, enabled: false } }),
      llm('b', 'x', { context: { enabled: true, variable_selector: [] } }),
      llm('c', 'x', { context, ...jinja }),
    ]
    expect(messagesOf(unusedContext, nodes)).toEqual([])
  })
})

describe('unused-context beside vision', () => {
  const vision = (selector: readonly string[]) => ({
    enabled: true,
    configs: { variable_selector: selector },
  })

  it('fires only where the model does not get the context as an image', () => {
    const node = (selector: readonly string[]) =>
      llm('a', 'Answer', { context, vision: vision(selector) })
    expect(messagesOf(unusedContext, [START, knowledge, node(['k', 'result'])])).toEqual([])
    expect(messagesOf(unusedContext, [START, knowledge, node(['k', 'files'])])).toHaveLength(1)
  })
})

describe('missing-context', () => {
  it('fires where the context is switched off', () => {
    expect(messagesOf(missingContext, [START, llm('a', 'By {{#context#}}')])).toHaveLength(1)
  })

  it('does not fire where it is on, and not for a name in plain braces', () => {
    const nodes = [
      START,
      knowledge,
      llm('a', '{{#context#}}', { context }),
      llm('b', '{{context}}'),
    ]
    expect(messagesOf(missingContext, nodes)).toEqual([])
  })
})

describe('empty-jinja2', () => {
  const message = (more: object) =>
    llm('a', '', { prompt_template: [{ role: 'user', text: 'Answer', ...more }] })

  it.each([{ jinja2_text: '' }, { jinja2_text: ' \n' }, {}])(
    'fires for %j beside a filled text',
    (more) => {
      const nodes = [START, message({ edition_type: 'jinja2', ...more })]
      expect(messagesOf(emptyJinja2, nodes)).toHaveLength(1)
    },
  )

  it('fires for the text of a completion model', () => {
    const template = { text: 'Answer', edition_type: 'jinja2', jinja2_text: '' }
    expect(
      messagesOf(emptyJinja2, [START, llm('a', '', { prompt_template: template })]),
    ).toHaveLength(1)
  })

  it('does not fire in the basic mode, with a Jinja2 text, or where both are empty', () => {
    const nodes = [
      message({ edition_type: 'basic', jinja2_text: '' }),
      message({ edition_type: 'jinja2', jinja2_text: 'x' }),
      message({ edition_type: 'jinja2', jinja2_text: '', text: '' }),
    ]
    for (const node of nodes) expect(messagesOf(emptyJinja2, [START, node])).toEqual([])
  })
})

describe('no-prompt', () => {
  it('fires where every message is blank', () => {
    expect(messagesOf(noPrompt, [START, llm('a', ' ')])).toHaveLength(1)
    expect(messagesOf(noPrompt, [START, llm('a', '', { prompt_template: [] })])).toHaveLength(1)
  })

  it('does not fire where the memory adds the question, or an image is sent', () => {
    const memory = { window: { enabled: false } }
    expect(
      messagesOf(noPrompt, [START, llm('a', '', { memory })], { mode: 'advanced-chat' }),
    ).toEqual([])
    expect(messagesOf(noPrompt, [START, llm('a', '', { vision: { enabled: true } })])).toEqual([])
    expect(messagesOf(noPrompt, [START, llm('a', 'x')])).toEqual([])
  })

  it('does not fire for a draft that nothing leads to', () => {
    expect(messagesOf(noPrompt, [START, llm('a', '')], { edges: [] })).toEqual([])
  })
})
