import { describe, expect, it } from 'vitest'
import {
  promptSchema,
  promptVersionSchema,
} from '../../../../src/versions/prompts/prompt-version.js'

/** The example of the documented file format, filled out. */
const example = {
  version: '1.1.0',
  prompt_id: 'wf_001_llm_1',
  created_at: '2025-11-17T10:30:00Z',
  parent_version: '1.0.0',
  metadata: { author: 'optimizer', strategy: 'clarity_focus' },
  prompt: {
    id: 'wf_001_llm_1',
    workflow_id: 'wf_001',
    node_id: 'llm_1',
    node_type: 'llm',
    text: 'You are a helpful assistant...',
    role: 'system',
    variables: ['input'],
    context: {},
    extracted_at: '2025-01-17T10:00:00Z',
  },
  analysis: {
    prompt_id: 'wf_001_llm_1',
    overall_score: 80.5,
    clarity_score: 82,
    efficiency_score: 78.25,
    issues: [],
    suggestions: [],
    metadata: {},
    analyzed_at: '2025-01-17T10:00:01Z',
  },
  optimization_result: null,
}

describe('the schema of a version', () => {
  it('takes the documented example as it is', () => {
    expect(promptVersionSchema.parse(example)).toEqual(example)
  })

  it('takes a prompt that nobody analysed, and fills in what may be left out', () => {
    const {
      metadata: _m,
      analysis: _a,
      optimization_result: _o,
      parent_version: _p,
      ...rest
    } = example
    expect(promptVersionSchema.parse(rest)).toEqual({
      ...rest,
      metadata: {},
      analysis: null,
      optimization_result: null,
      parent_version: null,
    })
  })

  it('keeps any JSON in metadata, a key named __proto__ too', () => {
    const metadata: unknown = JSON.parse('{"__proto__":{"a":1},"list":[null]}')
    const parsed = promptVersionSchema.parse({ ...example, metadata })
    expect(JSON.stringify(parsed.metadata)).toBe('{"__proto__":{"a":1},"list":[null]}')
  })

  it.each([
    ['an unknown field', { ...example, extra: 1 }],
    ['a time without zone', { ...example, created_at: '2025-11-17T10:30:00' }],
    ['a prompt of another type', { ...example, prompt: 'text' }],
    ['metadata that is a list', { ...example, metadata: [] }],
    ['a missing prompt', { ...example, prompt: undefined }],
    ['nothing', null],
  ])('refuses %s', (_, document) => {
    expect(promptVersionSchema.safeParse(document).success).toBe(false)
  })
})

describe('the schema of a prompt', () => {
  const { role: _role, variables: _variables, context: _context, ...least } = example.prompt

  it('fills in role, variables and context', () => {
    expect(promptSchema.parse(least)).toEqual({
      ...least,
      role: 'system',
      variables: [],
      context: {},
    })
  })

  it('allows 100,000 characters, however many code units they take', () => {
    expect(promptSchema.safeParse({ ...least, text: '🤖'.repeat(100_000) }).success).toBe(true)
    expect(promptSchema.safeParse({ ...least, text: 'x'.repeat(100_001) }).success).toBe(false)
  })

  it.each([
    ['a blank text', { text: ' \n' }],
    ['a blank variable', { variables: ['a', ' '] }],
    ['an unknown field', { label: 'x' }],
    ['an empty id', { id: '' }],
  ])('refuses %s', (_, change) => {
    expect(promptSchema.safeParse({ ...least, ...change }).success).toBe(false)
  })
})
