import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  carriedPrompts,
  workflowPrompt,
} from '../../../../src/optimizer/identity/carried-prompts.js'
import { appOf } from './apps.js'

const NODES = [
  {
    id: 'l',
    data: {
      type: 'llm',
      title: 'Reply',
      model: { name: 'm' },
      prompt_config: { jinja2_variables: [{ variable: 'topic' }] },
      prompt_template: [
        { id: 'm1', role: 'system', text: 'Answer {{#s.x#}}.' },
        { role: 'user', edition_type: 'jinja2', jinja2_text: '{{ topic }} {{ other }}', text: '' },
        { role: 'assistant', text: '' },
      ],
    },
  },
  {
    id: 't',
    data: { type: 'template-transform', template: '{{ a }}', variables: [{ variable: 'a' }] },
  },
  { id: 'a', data: { type: 'answer', answer: 'Thank you, {{#s.x#}}.' } },
]
const file = parseDifyFile(String(appOf('bot.yml', NODES).content), 'bot.yml')
const PLACE = {
  id: 'id',
  workflowId: 'bot',
  extractedAt: '2026-11-30T12:00:00.000Z',
  source: 'bot.yml',
}

describe('the texts of a file', () => {
  it('are prompts, empty messages, or not imported', () => {
    const { prompts, empty, notImported } = carriedPrompts(file, false)
    expect(prompts.map(({ carrier, role }) => [carrier, role])).toEqual([
      ['llm.chat', 'system'],
      ['llm.jinja2', 'user'],
      ['template', 'system'],
    ])
    expect(empty.map(({ role, position }) => [role, position])).toEqual([['assistant', 2]])
    expect(notImported).toEqual([{ node_id: 'a', node_type: 'answer', texts: 1 }])
  })

  it('for the user of the app are prompts if they are asked for', () => {
    const { prompts, notImported } = carriedPrompts(file, true)
    expect(prompts.at(-1)).toMatchObject({ carrier: 'answer', text: 'Thank you, {{#s.x#}}.' })
    expect(notImported).toEqual([])
  })
})

describe('a prompt of a workflow', () => {
  const made = carriedPrompts(file, false).prompts.map((prompt) =>
    workflowPrompt(prompt, file, PLACE),
  )

  it('says where it is from', () => {
    expect(made[0]).toEqual({
      id: 'id',
      workflow_id: 'bot',
      node_id: 'l',
      node_type: 'llm',
      text: 'Answer {{#s.x#}}.',
      role: 'system',
      variables: ['#s.x#'],
      context: {
        node_title: 'Reply',
        model: 'm',
        carrier: 'llm.chat',
        message_index: 0,
        message_id: 'm1',
        edition_type: 'basic',
        pointer: '/workflow/graph/nodes/0/data/prompt_template/0/text',
        source_file: 'bot.yml',
      },
      extracted_at: '2026-11-30T12:00:00.000Z',
    })
  })

  it('has the variables that its node declares', () => {
    expect(made.map(({ variables }) => variables)).toEqual([['#s.x#'], ['topic'], ['a']])
  })

  it('of the app as a whole has no node', () => {
    const chat = parseDifyFile(
      JSON.stringify({
        app: { name: 'Chat', mode: 'chat' },
        model_config: { pre_prompt: 'Hi {{name}}' },
      }),
      'chat.yml',
    )
    const [prompt] = carriedPrompts(chat, false).prompts
    if (prompt === undefined) throw new Error('It has no prompt')
    expect(workflowPrompt(prompt, chat, PLACE)).toMatchObject({
      node_id: '',
      node_type: 'app',
      variables: ['name'],
      context: { app_name: 'Chat', app_mode: 'chat', message_field: 'model_config.pre_prompt' },
    })
  })
})
