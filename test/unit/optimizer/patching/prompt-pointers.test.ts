import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import {
  promptPointers,
  type PointerOptions,
} from '../../../../src/optimizer/patching/prompt-pointers.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { app, importOne } from '../identity/apps.js'
import { FILE, SYSTEM } from './workflows.js'

describe('the places of prompts', () => {
  it('are those of the ids that a first import gives', async () => {
    const pointers = await promptPointers(FILE)
    expect(pointers.get('Replies_1711_0')).toBe(SYSTEM)
    expect([...pointers.keys()]).toContain('Replies_1714_answer')
    expect((await promptPointers(FILE, { workflowId: 'x' })).get('x_1711_0')).toBe(SYSTEM)
  })

  it('are those of the ids that the store has', async () => {
    const storage = new MemoryStorage()
    const rules = 'Answer in two sentences.'
    await importOne(storage, app('bot.yml', { llm: [rules] }))
    const { content, file } = app('bot.yml', { llm: ['Be polite.', rules] }, 'renamed')
    const pointers = await promptPointers(parseDifyFile(content, file), { storage })
    expect(pointers.get('bot_llm')).toBe('/workflow/graph/nodes/0/data/prompt_template/1/text')
    expect(await storage.listVersions('holdfast:workflow:bot')).toHaveLength(1)
  })

  it('are those of the ids of the catalog, too, unless the store has the workflow by that name', async () => {
    const storage = new MemoryStorage()
    const rules = 'Answer in two sentences, and name the source of each number.'
    const { content, file } = app('bot.yml', { llm: [rules] })
    const parsed = parseDifyFile(content, file)
    const ids = async (options: PointerOptions) => [
      ...(await promptPointers(parsed, { catalogId: 'wf_1', ...options })).keys(),
    ]
    expect(await ids({})).toEqual(['wf_1_llm'])
    expect(await ids({ storage })).toEqual(['wf_1_llm'])
    await importOne(storage, { file, content })
    expect(await ids({ storage })).toEqual(['bot_llm', 'wf_1_llm'])
    await importOne(storage, { file, content }, { workflowId: 'wf_1' })
    expect(await ids({ storage })).toEqual(['wf_1_llm'])
    expect(await ids({ storage, workflowId: 'bot' })).toEqual(['bot_llm'])
  })

  it('are not known in a file that the store does not recognise', async () => {
    const storage = new MemoryStorage()
    await importOne(storage, app('one/bot.yml', { llm: ['Answer.'] }))
    const { content } = app('two/bot.yml', { n: ['Translate.'] })
    await expect(
      promptPointers(parseDifyFile(content, 'two/bot.yml'), { storage }),
    ).rejects.toMatchObject({
      code: 'OPT-EXT-010',
    })
  })
})
