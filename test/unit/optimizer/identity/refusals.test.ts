import { describe, expect, it } from 'vitest'
import {
  carriedPrompts,
  workflowPrompt,
} from '../../../../src/optimizer/identity/carried-prompts.js'
import { readSources } from '../../../../src/optimizer/identity/read-sources.js'
import {
  checkStorable,
  otherApp,
  sameName,
  sharedIds,
} from '../../../../src/optimizer/identity/refusals.js'
import { app } from './apps.js'

const [source] = readSources([app('b.yml', { llm: ['x'] })], { optionalTexts: false })
if (source === undefined || 'refused' in source) throw new Error('It was refused')

describe('a refusal', () => {
  it('names both files and what they share', () => {
    expect(sameName(source, 'a.yml')).toMatchObject({
      code: 'OPT-EXT-010',
      message: expect.stringMatching(/^b\.yml has the same workflow name as a\.yml \("bot"\)/),
      context: { file: 'b.yml', other_file: 'a.yml', reason: 'other_app' },
    })
    expect(sharedIds(source, 'a.yml', 'bot_llm')).toMatchObject({
      message: expect.stringMatching(/^b\.yml has the same prompt ids as a\.yml .*bot_llm/),
      context: { prompt_id: 'bot_llm' },
    })
  })

  it('says what can be done about an app that is not recognised', () => {
    const record = {
      format: 1,
      workflow_id: 'bot',
      app_name: 'bot',
      sources: [],
      prompts: [],
    } as const
    const workflow = { record, version: '1.0.0', prompts: [] }
    expect(otherApp('b.yml', workflow, undefined)).toMatchObject({
      code: 'OPT-EXT-010',
      message: expect.stringMatching(/under an id of its own \(--workflow-id.*--same-app/),
      context: { file: 'b.yml', reason: 'other_app', workflow_id: 'bot' },
    })
    expect(otherApp('b.yml', workflow, 'bot').message).toMatch(
      /another id \(--workflow-id.*than this one.*--same-app/,
    )
  })

  it('comes before a prompt that no storage accepts is saved', () => {
    const [prompt] = carriedPrompts(source.dify, false).prompts
    if (prompt === undefined) throw new Error('It has no prompt')
    const place = {
      id: 'bot_llm',
      workflowId: 'bot',
      extractedAt: '2026-11-30T12:00:00.000Z',
      source: undefined,
    }
    const made = workflowPrompt(prompt, source.dify, place)
    expect(() => checkStorable(made, 'b.yml')).not.toThrow()
    for (const wrong of [{ id: 'a\0' }, { text: 'x'.repeat(100_001) }, { text: '\ud800' }])
      expect(() => checkStorable({ ...made, ...wrong }, 'b.yml')).toThrow(
        expect.objectContaining({ code: 'OPT-EXT-010' }),
      )
  })
})
