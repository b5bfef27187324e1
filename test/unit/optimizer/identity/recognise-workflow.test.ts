import { describe, expect, it } from 'vitest'
import {
  isFrom,
  recogniseWorkflow,
  sourceOf,
  type FoundWorkflow,
  type KnownWorkflow,
} from '../../../../src/optimizer/identity/recognise-workflow.js'

const EDITORS_NODE = '1720506191043'
const LONG =
  'Answer the questions of our customers about their orders, in the language in which they ask, in two sentences.'

function known(
  name: string,
  texts: Readonly<Record<string, string>>,
  sources: readonly string[] = [`${name}.yml`],
  app_id?: string,
): KnownWorkflow {
  const prompts = Object.entries(texts).map(([node_id, text]) => ({
    text,
    entry: {
      prompt_id: `${name}_${node_id}`,
      node_id,
      node_type: 'llm',
      carrier: 'llm.chat',
      position: 0,
    },
  }))
  const entries = prompts.map(({ entry }) => entry)
  const record = {
    format: 1,
    workflow_id: name,
    app_name: name,
    app_id,
    sources,
    prompts: entries,
  } as const
  return { record, prompts }
}

function found(
  file: string,
  appName: string,
  texts: Readonly<Record<string, string>>,
  more: Partial<FoundWorkflow> = {},
): FoundWorkflow {
  const prompts = Object.entries(texts).map(([nodeId, text]) => ({
    nodeId,
    nodeType: 'llm',
    carrier: 'llm.chat',
    role: 'system',
    messageId: undefined,
    position: 0,
    text,
  }))
  return { file, appName, prompts, ...more }
}

/** What is recognised, in short. */
function recognised(file: FoundWorkflow, store: readonly KnownWorkflow[], sameApp = false) {
  const is = recogniseWorkflow(file, store, sameApp)
  if (is.kind === 'new') return ['new', is.workflowId, is.resembles]
  return [is.kind, is.workflow.record.workflow_id, is.kind === 'known' ? is.by : undefined]
}

describe('a workflow is recognised', () => {
  const bot = known('bot', { [EDITORS_NODE]: 'a', llm: LONG }, ['x/bot.yml'], 'id')

  it.each<[string, FoundWorkflow, unknown]>([
    ['by the id of its app', found('y.yml', 'y', {}, { appId: 'id' }), ['known', 'bot', 'app_id']],
    ['by its name and path', found('x/bot.yml', 'bot', { n: 'b' }), ['known', 'bot', 'path']],
    [
      'by its name and a node of the editor',
      found('y.yml', 'bot', { [EDITORS_NODE]: 'b' }),
      ['known', 'bot', 'nodes'],
    ],
    [
      'by its name and texts that no other app has',
      found('y.yml', 'bot', { llm: LONG }),
      ['known', 'bot', 'texts'],
    ],
    [
      'by its path and a node under another name',
      found('x/bot.yml', 'y', { llm: LONG }),
      ['known', 'bot', 'path'],
    ],
    [
      'by its name alone in no case',
      found('y.yml', 'bot', { llm: 'b' }),
      ['unclear', 'bot', undefined],
    ],
    ['by its path alone in no case', found('x/bot.yml', 'y', { n: 'b' }), ['new', 'y', undefined]],
    [
      'by a node alone in no case, which is reported',
      found('y.yml', 'y', { [EDITORS_NODE]: 'a' }),
      ['new', 'y', 'bot'],
    ],
    [
      'not by a name that the caller replaces',
      found('x/bot.yml', 'bot', { llm: LONG }, { workflowId: 'z' }),
      ['new', 'z', undefined],
    ],
    [
      'by what the caller calls it',
      found('y.yml', 'y', { [EDITORS_NODE]: 'b' }, { workflowId: 'bot' }),
      ['known', 'bot', 'nodes'],
    ],
    [
      'not if Dify has another id for it',
      found('x/bot.yml', 'bot', { llm: LONG }, { appId: 'other' }),
      ['unclear', 'bot', undefined],
    ],
  ])('%s', (_how, file, expected) => {
    const resembles = (expected as unknown[])[2]
    expect(recognised(file, [bot]).slice(0, 2)).toEqual((expected as unknown[]).slice(0, 2))
    if (resembles !== undefined) expect(recognised(file, [bot])[2]).toBe(resembles)
  })

  it('as the one of two with the same name that has most in common with it', () => {
    const first = { ...bot, record: { ...bot.record, workflow_id: 'first' } }
    const second = known('bot', { n: LONG }, ['y/bot.yml'])
    expect(recognised(found('y/bot.yml', 'bot', { n: LONG }), [first, second])[1]).toBe('bot')
    expect(recognised(found('x/bot.yml', 'bot', { llm: LONG }), [first, second])[1]).toBe('first')
  })

  it('by its name where the caller says that it is enough', () => {
    expect(recognised(found('y.yml', 'bot', { llm: 'b' }), [bot], true)).toEqual([
      'known',
      'bot',
      'caller',
    ])
  })
})

describe('the path of a file', () => {
  const { record } = known('bot', {}, ['a/bot.yml'])

  it('is the same one from another directory and on Windows', () => {
    for (const file of [
      'a/bot.yml',
      'bot.yml',
      '/home/ann/a/bot.yml',
      'C:\\flows\\a\\bot.yml',
      './a/bot.yml',
    ])
      expect(isFrom(record, file), file).toBe(true)
    for (const file of ['b/bot.yml', 'a/other.yml', '-'])
      expect(isFrom(record, file), file).toBe(false)
  })

  it('is kept with slashes, and not for standard input', () => {
    expect([sourceOf('a\\bot.yml'), sourceOf('-')]).toEqual(['a/bot.yml', undefined])
  })
})
