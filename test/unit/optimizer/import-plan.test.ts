import { describe, expect, it } from 'vitest'
import type { Prompt, PromptVersion } from '../../../src/versions/prompts/prompt-version.js'
import { planPrompt } from '../../../src/optimizer/import-plan.js'

const prompt: Prompt = {
  id: 'w_n',
  workflow_id: 'w',
  node_id: 'n',
  node_type: 'llm',
  text: 'Hello',
  role: 'system',
  variables: [],
  context: {},
}

function stored(change: Partial<Prompt>): PromptVersion {
  return {
    version: '1.0.0',
    prompt_id: 'w_n',
    created_at: '2026-01-01T00:00:00.000Z',
    parent_version: null,
    metadata: {},
    prompt: { ...prompt, ...change },
    analysis: null,
    optimization_result: null,
  }
}

describe('planPrompt', () => {
  it.each([
    ['created', 'there is no version', undefined],
    ['unchanged', 'text and role are the same', stored({})],
    [
      'unchanged',
      'only facts beside the text differ',
      stored({ context: { node_title: 'Old' }, variables: ['x'] }),
    ],
    ['updated', 'the text differs by a blank', stored({ text: 'Hello ' })],
    ['updated', 'the role differs', stored({ role: 'user' })],
  ])('says %s when %s', (outcome, _when, latest) => {
    expect(planPrompt(prompt, latest, 'w.yml')).toBe(outcome)
  })

  it.each([[stored({ node_id: 'other' })], [stored({ workflow_id: 'other' })]])(
    'refuses a stored prompt of another origin',
    (latest) => {
      expect(() => planPrompt(prompt, latest, 'w.yml')).toThrow(
        expect.objectContaining({
          code: 'OPT-EXT-010',
          context: { file: 'w.yml', prompt_id: 'w_n' },
        }),
      )
    },
  )
})
