import { describe, expect, it } from 'vitest'
import { KnownWorkflows } from '../../../../src/optimizer/identity/known-workflows.js'
import {
  readSources,
  type ReadSource,
  type WorkflowSource,
} from '../../../../src/optimizer/identity/read-sources.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'
import { app, importOne } from './apps.js'

const RULES = 'Answer in two sentences.'

function read(sources: readonly WorkflowSource[]): readonly ReadSource[] {
  return readSources(sources, { optionalTexts: false }).flatMap((each) =>
    'refused' in each ? [] : [each],
  )
}

async function load(storage: MemoryStorage, ...sources: readonly WorkflowSource[]) {
  return await KnownWorkflows.load(read(sources), { storage, concurrency: 4, signal: undefined })
}

function candidatesOf(known: KnownWorkflows, source: WorkflowSource) {
  return read([source]).flatMap((file) => known.candidates(file))
}

describe('what a store knows about files', () => {
  it('is the record of each workflow, with the latest texts of those that may be meant', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [RULES] }))
    await importOne(storage, app('other.yml', { n: ['Translate.'] }, 'other'))
    const known = await load(storage, app('bot.yml', { llm: ['new'] }))
    expect(
      candidatesOf(known, app('bot.yml', { llm: ['new'] })).map(({ record, version, prompts }) => [
        record.workflow_id,
        version,
        prompts[0]?.text,
      ]),
    ).toEqual([['bot', '1.0.0', RULES]])
    expect(known.latestOf('bot_llm')?.version).toBe('1.0.0')
  })

  it('is what the first release has imported, too, also under another name of the app', async () => {
    const storage = new MemoryStorage()
    const manager = new VersionManager({ storage })
    const prompt = {
      workflow_id: 'bot',
      node_type: 'llm',
      context: { message_index: 1, source_file: 'bot.yml' },
      role: 'user',
      text: RULES,
    }
    await manager.createVersion({ prompt: { ...prompt, id: 'bot_llm_1', node_id: 'llm' } })
    await manager.createVersion({
      prompt: {
        ...prompt,
        id: 'bot_llm_query',
        node_id: 'llm',
        context: { message_field: 'memory.query_prompt_template', source_file: 'bot.yml' },
      },
    })
    await manager.createVersion({
      prompt: { id: 'mine', text: 'A prompt that is of no workflow.' },
    })
    for (const name of ['bot', 'renamed']) {
      const renamed = app('bot.yml', { llm: ['new'] }, name)
      const [workflow] = candidatesOf(await load(storage, renamed), renamed)
      expect(workflow).toMatchObject({
        version: undefined,
        record: {
          workflow_id: 'bot',
          prompts: [
            {
              prompt_id: 'bot_llm_1',
              node_id: 'llm',
              role: 'user',
              position: 1,
              carrier: 'llm.chat',
            },
            { prompt_id: 'bot_llm_query', carrier: 'llm.memory_query' },
          ],
        },
      })
    }
  })

  it('is read by the ids of the file from a storage that cannot list its prompts', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('bot.yml', { llm: [RULES] }))
    const blind = new Proxy(storage, {
      get: (target, name) =>
        name === 'listPromptIds' ? undefined : Reflect.get(target, name, target)?.bind?.(target),
    })
    const known = await load(blind, app('bot.yml', { llm: ['new'] }))
    const found = candidatesOf(known, app('bot.yml', { llm: ['new'] }))
    expect(found.map(({ record }) => record.workflow_id)).toEqual(['bot'])
  })
})
