import { expect, it } from 'vitest'
import { ChatEvents } from '../../../../src/dify/service/chat-events.js'
import { DifyClient } from '../../../../src/dify/service/index.js'
import { simulatedDify } from '../../../support/simulated-dify.js'
import { tempDirectory } from '../../../support/temp.js'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'

const event = (name: string, more: object = {}) => ({
  event: name,
  body: { event: name, task_id: 't', message_id: 'm', conversation_id: 'c', ...more },
})

it('puts an answer together, and replaces it where Dify does', () => {
  const chat = new ChatEvents('POST /x')
  chat.add(event('message', { answer: 'Hel' }))
  chat.add(event('message', { answer: 'lo' }))
  expect(chat.outcome(1).answer).toBe('Hello')
  chat.add(event('message_replace', { answer: 'Moderated' }))
  expect(chat.isComplete).toBe(false)
  chat.add(event('message_end', { metadata: { usage: { total_tokens: 3, total_price: '0.10' } } }))
  expect(chat.isComplete).toBe(true)
  expect(chat.outcome(2)).toMatchObject({
    answer: 'Moderated',
    total_tokens: 3,
    total_price: '0.1',
    usage_known: true,
    attempts: 2,
  })
})

it('of a chatflow is complete with its message and its run, in either order, or once it paused', () => {
  const ends = [
    ['message_end', 'workflow_finished'],
    ['workflow_finished', 'message_end'],
  ]
  for (const [first = '', second = ''] of ends) {
    const chat = new ChatEvents('POST /x')
    chat.add(event('workflow_started'))
    chat.add(event(first))
    expect(chat.isComplete).toBe(false)
    chat.add(event(second))
    expect(chat.isComplete).toBe(true)
  }
  const paused = new ChatEvents('POST /x')
  paused.add(event('workflow_started'))
  paused.add(event('workflow_paused'))
  expect(paused.isComplete).toBe(true)
})

it('keeps the last state of each thought of an agent', () => {
  const chat = new ChatEvents('POST /x')
  chat.add(event('agent_thought', { id: '1', thought: '' }))
  chat.add(event('agent_thought', { id: '1', thought: 'It is late' }))
  chat.add(event('agent_thought', { id: '2', thought: 'So stop' }))
  expect(chat.outcome(1).thoughts.map(({ thought }) => thought)).toEqual(['It is late', 'So stop'])
})

it.each([
  ['chat', 'message'],
  ['agent-chat', 'agent_message'],
  ['completion', 'message'],
])('of an app of mode %s comes from its one prompt', async (mode) => {
  const file = join(await tempDirectory(), 'app.yml')
  const prompt = 'pre_prompt: "Answer {{tone}}"'
  await writeFile(file, `app: {name: Simple, mode: ${mode}}\nmodel_config:\n  ${prompt}\n`)
  const bed = await simulatedDify({
    files: [file],
    model: { rule: [{ when: 'Answer kindly', text: 'Yes!' }] },
  })
  const client = new DifyClient({ baseUrl: bed.url, apiKey: bed.app.key })
  const inputs = { tone: 'kindly' }
  const outcome =
    mode === 'completion'
      ? await client.completion({ inputs })
      : await client.chat({ query: '?', inputs })
  expect(outcome).toMatchObject({ answer: 'Yes!', currency: 'USD', usage_known: true })
  expect(outcome.total_price).toMatch(/^0\.0+\d+$/)
  expect(outcome.conversation_id === '').toBe(mode === 'completion')
  expect(outcome.thoughts).toHaveLength(mode === 'agent-chat' ? 1 : 0)
})
