import { describe, expect, it } from 'vitest'
import { carriedPrompts } from '../../../../src/optimizer/identity/carried-prompts.js'
import { readSources, type ReadSource } from '../../../../src/optimizer/identity/read-sources.js'
import { recordChange } from '../../../../src/optimizer/identity/record-change.js'
import { app } from './apps.js'

const NOW = new Date('2026-11-30T12:00:00.000Z')
const CONTEXT = { now: NOW, appId: undefined, marksGone: true }

function read(file: string, texts: Readonly<Record<string, readonly string[]>>): ReadSource {
  const [source] = readSources([app(file, texts)], { optionalTexts: false })
  if (source === undefined || 'refused' in source) throw new Error('It was refused')
  return source
}

/** The record of a new workflow with these texts. */
function firstRecord(source: ReadSource) {
  const ids = new Map(source.prompts.map((prompt, at) => [prompt, `p${at}`]))
  const before = { workflowId: 'bot', workflow: undefined }
  return { ids, ...recordChange(source, before, { ids, pairs: new Map(), ...CONTEXT }) }
}

describe('the document of a workflow', () => {
  it('begins with the texts of its file', () => {
    const { change, gone, back } = firstRecord(read('a/bot.yml', { llm: ['x'] }))
    expect(change).toMatchObject({
      latest: undefined,
      record: {
        workflow_id: 'bot',
        app_name: 'bot',
        sources: ['a/bot.yml'],
        prompts: [{ prompt_id: 'p0', node_id: 'llm', role: 'system', position: 0 }],
      },
    })
    expect([gone, back]).toEqual([[], []])
  })

  it('does not change when nothing does, and by another path alone', () => {
    const source = read('a/bot.yml', { llm: ['x'] })
    const { change, ids } = firstRecord(source)
    if (change === undefined) throw new Error('It was not made')
    const [entry] = change.record.prompts
    if (entry === undefined) throw new Error('It has no prompt')
    const workflow = { record: change.record, version: '1.0.0', prompts: [] }
    const pairs = new Map(source.prompts.map((prompt) => [prompt, { entry, text: 'x' }]))
    const again = (file: string) =>
      recordChange({ ...source, file }, { workflowId: 'bot', workflow }, { ids, pairs, ...CONTEXT })
    expect(again('a/bot.yml').change).toBeUndefined()
    expect(again('b/bot.yml').change).toMatchObject({
      latest: '1.0.0',
      record: { sources: ['a/bot.yml', 'b/bot.yml'] },
    })
  })

  it('notes what is not there any more, unless other files may have it', () => {
    const source = read('bot.yml', { llm: ['x'] })
    const { change } = firstRecord(source)
    if (change === undefined) throw new Error('It was not made')
    const workflow = { record: change.record, version: '1.0.0', prompts: [] }
    const without = { ...source, ...carriedPrompts(read('bot.yml', {}).dify, false) }
    const assigned = { ids: new Map(), pairs: new Map(), ...CONTEXT }
    const before = { workflowId: 'bot', workflow }
    expect(recordChange(without, before, assigned)).toMatchObject({
      gone: ['p0'],
      change: { record: { prompts: [{ gone_since: NOW.toISOString() }] } },
    })
    expect(recordChange(without, before, { ...assigned, marksGone: false }).gone).toEqual([])
  })
})
