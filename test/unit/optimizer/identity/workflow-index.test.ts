import { describe, expect, it } from 'vitest'
import type {
  FoundWorkflow,
  KnownWorkflow,
} from '../../../../src/optimizer/identity/recognise-workflow.js'
import { WorkflowIndex } from '../../../../src/optimizer/identity/workflow-index.js'

const NODE = '1720506191043'

function workflow(
  workflow_id: string,
  app_name: string,
  sources: readonly string[],
  node_id: string,
  app_id?: string,
): KnownWorkflow {
  const prompts = [
    { prompt_id: `${workflow_id}_x`, node_id, node_type: 'llm', carrier: 'llm.chat', position: 0 },
  ]
  return { record: { format: 1, workflow_id, app_name, app_id, sources, prompts }, prompts: [] }
}

const found = (given: Partial<FoundWorkflow>): FoundWorkflow => ({
  file: 'new.yml',
  appName: 'new',
  prompts: [],
  ...given,
})
const prompt = {
  nodeType: 'llm',
  carrier: 'llm.chat',
  role: 'user',
  messageId: undefined,
  position: 0,
  text: 'x',
}

describe('WorkflowIndex', () => {
  const index = new WorkflowIndex<KnownWorkflow>()
  index.put(workflow('bot', 'Bot', ['a/bot.yml'], NODE, 'app'))
  index.put(workflow('other', 'Other', ['a/other.yml'], 'llm'))

  it.each<[string, Partial<FoundWorkflow>]>([
    ['the name of the app', { appName: 'Bot' }],
    ['the id of the workflow', { appName: 'bot' }],
    ['what the caller calls it', { workflowId: 'bot' }],
    ['the name of the file in any directory', { file: 'C:\\b\\bot.yml' }],
    ['the id of the app', { appId: 'app' }],
    ['a node made by the editor', { prompts: [{ ...prompt, nodeId: NODE }] }],
  ])('finds a workflow by %s', (_by, given) => {
    const ids = index.candidates(found(given)).map(({ record }) => record.workflow_id)
    expect(ids).toEqual(['bot'])
  })

  it('finds none by a node that a person named', () => {
    expect(index.candidates(found({ prompts: [{ ...prompt, nodeId: 'llm' }] }))).toEqual([])
  })

  it('has the latest state of each workflow', () => {
    index.put(workflow('bot', 'Renamed', ['a/bot.yml'], NODE))
    expect(index.get('bot')?.record.app_name).toBe('Renamed')
    expect(index.candidates(found({ appName: 'Renamed' }))).toEqual([index.get('bot')])
    expect(index.all.map(({ record }) => record.workflow_id)).toEqual(['bot', 'other'])
  })
})
