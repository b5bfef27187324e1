import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../../../../src/optimizer/dify-workflow.js'
import { extractPrompts } from '../../../../src/optimizer/extract-prompts.js'
import { importWorkflows } from '../../../../src/optimizer/identity/import-workflows.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'
import { readWorkflowText, WORKFLOW_FILES } from '../workflow-files.js'
import { app, importOne, saved } from './apps.js'

/** Saves prompts as the import of the first release did: with the ids of the names, and without a document of the app. */
async function importAsFirstRelease(storage: MemoryStorage, file: string, content: string) {
  const manager = new VersionManager({ storage })
  const { prompts } = extractPrompts(parseWorkflow(content, file), { extractedAt: new Date() })
  for (const prompt of prompts) {
    const context = { ...prompt.context, source_file: file }
    await manager.createVersion({ prompt: { ...prompt, context }, bump: 'patch' })
  }
}

describe('a store of the first release', () => {
  it('goes on with the same ids, and gets the texts that were not imported then', async () => {
    const storage = new MemoryStorage()
    const sources = WORKFLOW_FILES.map((file) => ({ file, content: readWorkflowText(file) }))
    for (const { file, content } of sources) await importAsFirstRelease(storage, file, content)
    const before = await storage.listPromptIds()
    expect(before).toHaveLength(81)
    const files = await importWorkflows(sources, { storage })
    const sum = (name: 'created' | 'updated' | 'unchanged'): number =>
      files.reduce((total, file) => total + file[name], 0)
    expect([sum('created'), sum('updated'), sum('unchanged')]).toEqual([36, 0, 81])
    expect(files.flatMap(({ gone, refused }) => [...gone, refused ?? []]).flat()).toEqual([])
    for (const id of before) expect(await storage.listVersions(id)).toHaveLength(1)
  })

  it('keeps the histories of an app that is renamed and gets a message', async () => {
    const storage = new MemoryStorage()
    const [a, b] = ['Answer in two sentences.', 'Translate it into German.']
    const before = app('bot.yml', { llm: [a, b] })
    await importAsFirstRelease(storage, before.file, String(before.content))
    const file = await importOne(storage, app('bot.yml', { llm: ['Be polite.', a, b] }, 'renamed'))
    expect(file).toMatchObject({ workflow: 'bot', appName: 'renamed', recognisedBy: 'path' })
    expect(saved(file)).toEqual(['bot_llm_2@1.0.0'])
  })

  it('can be written by the first release again', async () => {
    const storage = new MemoryStorage()
    const content = String(app('bot.yml', { llm: ['one'] }).content)
    await importOne(storage, { file: 'bot.yml', content })
    await importAsFirstRelease(storage, 'bot.yml', content.replace('one', 'two'))
    const file = await importOne(storage, {
      file: 'bot.yml',
      content: content.replace('one', 'three'),
    })
    expect(saved(file)).toEqual(['bot_llm@1.0.2'])
  })
})
