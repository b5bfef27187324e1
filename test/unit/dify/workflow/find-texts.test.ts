import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import { findAppTexts, findNodeTexts } from '../../../../src/dify/workflow/find-texts.js'
import { emptyAt } from '../../../../src/dify/file/yaml-collections.js'
import { workflowOf } from '../dify-files.js'

/** Carrier, last part of the pointer, and text. */
function textsOf(source: string): string[] {
  return parseDifyFile(source, 'x.yml').texts.map(
    ({ carrier, pointer, text, role = '-', messageId = '-', position }) =>
      `${carrier} ${pointer.replace(/^\/workflow\/graph\/nodes\/0\/data\//, '')} ${role} ${messageId} ${position} ${text}`,
  )
}

describe('the texts of a node', () => {
  it.each([
    [
      'messages, each in its edition',
      `{type: llm, prompt_template: [{id: m1, role: system, text: A}, {role: user, edition_type: jinja2, text: B, jinja2_text: C}, {role: user, text: ''}]}`,
      [
        'llm.chat prompt_template/0/text system m1 0 A',
        'llm.jinja2 prompt_template/1/jinja2_text user - 1 C',
        'llm.chat prompt_template/2/text user - 2 ',
      ],
    ],
    [
      'one text for a completion',
      `{type: llm, prompt_template: {text: A, edition_type: basic}, memory: {query_prompt_template: Q}}`,
      [
        'llm.completion prompt_template/text user - 0 A',
        'llm.memory_query memory/query_prompt_template - - 0 Q',
      ],
    ],
    [
      'one text for a completion in Jinja2',
      `{type: llm, prompt_template: {text: A, edition_type: jinja2, jinja2_text: B}}`,
      ['llm.completion.jinja2 prompt_template/jinja2_text user - 0 B'],
    ],
    [
      'instruction and classes of a classifier',
      `{type: question-classifier, instruction: A, instructions: B, classes: [{id: '1', name: C}, {id: '2', name: D}]}`,
      [
        'classifier.instruction instruction - - 0 A',
        'classifier.instruction instructions - - 0 B',
        'classifier.class classes/0/name - 1 0 C',
        'classifier.class classes/1/name - 2 1 D',
      ],
    ],
    [
      'instruction and fields of an extractor',
      `{type: parameter-extractor, instruction: A, parameters: [{name: p, type: string, description: B}]}`,
      [
        'extractor.instruction instruction - - 0 A',
        'extractor.param parameters/0/description - p 0 B',
      ],
    ],
    [
      'instruction and query of an agent, unless they are selectors',
      `{type: agent, agent_parameters: {instruction: {type: mixed, value: A}, query: {type: variable, value: [sys, query]}}, memory: {query_prompt_template: Q}}`,
      [
        'agent.instruction agent_parameters/instruction/value - - 0 A',
        'agent.memory_query memory/query_prompt_template - - 0 Q',
      ],
    ],
    [
      'what a new agent gets',
      `{type: agent, version: '2', agent_job: {workflow_prompt: A, declared_outputs: [{name: o, description: B, check: {prompt: C}}]}}`,
      [
        'agent2.prompt agent_job/workflow_prompt - - 0 A',
        'agent2.output agent_job/declared_outputs/0/description - o 0 B',
        'agent2.check agent_job/declared_outputs/0/check/prompt - o 0 C',
      ],
    ],
    ['a template', `{type: template-transform, template: A}`, ['template template - - 0 A']],
    ['an answer', `{type: answer, answer: A}`, ['answer answer - - 0 A']],
    ['a form', `{type: human-input, form_content: A}`, ['human_input.form form_content - - 0 A']],
    ['none of a tool', `{type: tool, tool_parameters: {q: {value: A}}, code: B}`, []],
    ['none of a template that is null', `{type: llm, prompt_template: }`, []],
    [
      'a text that is null, as a blank one',
      `{type: question-classifier, instruction: }`,
      ['classifier.instruction instruction - - 0 '],
    ],
  ])('are %s', (_what, data, texts) => {
    expect(textsOf(workflowOf(data))).toEqual(texts)
  })

  it.each([
    ['{type: llm, prompt_template: [text, {role: user, text: B}]}', ['a message is not a mapping']],
    [
      '{type: llm, prompt_template: [{text: A}, {role: user, text: B}]}',
      ['a message has no role; its text is kept'],
    ],
    [
      '{type: llm, prompt_template: [{role: user, text: 12}, {role: user, text: B}]}',
      ['expected a text, got a number'],
    ],
    [
      '{type: llm, prompt_template: [{role: user, text: yes}, {role: user, text: [2024-01-01]}]}',
      ['expected a text, got a boolean', 'expected a text, got a list'],
    ],
    ['{type: template-transform, template: 2024-01-01}', ['expected a text, got a time']],
    [
      '{type: llm, prompt_template: text}',
      ['a prompt template is neither a list of messages nor a mapping'],
    ],
  ])('that have an unknown shape are noted and skipped, and no others: %s', (data, reasons) => {
    const { notes } = parseDifyFile(workflowOf(data), 'x.yml')
    expect(notes.map(({ message }) => message)).toEqual(reasons)
    expect(notes.every(({ pointer }) => pointer.startsWith('/workflow/graph/nodes/0/data'))).toBe(
      true,
    )
  })

  it('are none without data', () => {
    const node = { id: 'a', type: 'llm', data: {}, path: '' }
    expect(findNodeTexts({ node, data: undefined }, () => undefined)).toEqual([])
  })
})

describe('the texts of an app', () => {
  it.each([
    [
      'chat',
      '{pre_prompt: A, prompt_type: simple, opening_statement: O, chat_prompt_config: {prompt: [{role: user, text: B}]}}',
      [
        'app.pre_prompt /model_config/pre_prompt - - 0 A',
        'app.opening /model_config/opening_statement - - 0 O',
      ],
    ],
    [
      'chat',
      '{pre_prompt: A, prompt_type: advanced, chat_prompt_config: {prompt: [{role: user, text: B}]}, completion_prompt_config: {prompt: {text: C}}}',
      [
        'app.chat /model_config/chat_prompt_config/prompt/0/text user - 0 B',
        'app.completion /model_config/completion_prompt_config/prompt/text - - 0 C',
      ],
    ],
    [
      'agent-chat',
      '{pre_prompt: A, agent_mode: {prompt: {first_prompt: B, next_iteration: C}}, suggested_questions_after_answer: {prompt: S}}',
      [
        'app.pre_prompt /model_config/pre_prompt - - 0 A',
        'app.react /model_config/agent_mode/prompt/first_prompt - - 0 B',
        'app.react /model_config/agent_mode/prompt/next_iteration - - 0 C',
        'app.suggested /model_config/suggested_questions_after_answer/prompt - - 0 S',
      ],
    ],
  ])('of the mode %s: %s', (mode, config, texts) => {
    expect(textsOf(`app: {mode: ${mode}}\nmodel_config: ${config}`)).toEqual(texts)
  })

  it('of the mode agent are in its packages', () => {
    const source =
      'app: {mode: agent}\nagent: {package_ref: p/1}\nagent_packages: {p/1: {soul: {prompt: {system_prompt: A}}}}'
    expect(textsOf(source)).toEqual([
      'agent.soul /agent_packages/p~11/soul/prompt/system_prompt - - 0 A',
    ])
  })

  it('of a workflow are its opening and its suggestions', () => {
    const source = `${workflowOf()}  features: {opening_statement: O, suggested_questions_after_answer: {enabled: true, prompt: S}}`
    expect(textsOf(source)).toEqual([
      'wf.opening /workflow/features/opening_statement - - 0 O',
      'wf.suggested /workflow/features/suggested_questions_after_answer/prompt - - 0 S',
    ])
    const none = { workflow: false, app: false, agent: false }
    expect(findAppTexts(emptyAt(0), none, () => undefined)).toEqual([])
  })
})
