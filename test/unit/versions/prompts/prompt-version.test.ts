import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import {
  promptVersionSchema,
  promptAnalysisSchema,
  optimizationResultSchema,
  OPTIMIZATION_STRATEGIES,
  ISSUE_SEVERITIES,
  ISSUE_TYPES,
  SUGGESTION_TYPES,
} from '../../../../src/versions/prompts/prompt-version.js'
import { timestampSchema } from '../../../../src/document/fields.js'
import { seeded } from '../../../support/random.js'

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

  it('takes a prompt that was not analysed, and fills in what may be left out', () => {
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

  it.each([
    ['text', { text: 'Hello' }, { id: 'p', text: 'Hello', role: 'system' }],
    [
      'messages',
      { messages: [{ role: 'user', content: 'Hello' }], config: { model: 'm' } },
      { id: 'p', messages: [{ role: 'user', content: 'Hello' }], config: { model: 'm' } },
    ],
  ])(
    'takes a prompt that is a %s alone, and gives it the id of the document',
    (_, prompt, whole) => {
      const given = { version: '1.0.0', prompt_id: 'p', created_at: example.created_at, prompt }
      expect(promptVersionSchema.parse(given).prompt).toEqual({
        ...whole,
        variables: [],
        context: {},
      })
    },
  )

  it('keeps a document of the first release byte for byte', () => {
    expect(JSON.stringify(promptVersionSchema.parse(example))).toBe(JSON.stringify(example))
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

const least = { prompt_id: 'p', overall_score: 0, clarity_score: 100, efficiency_score: 50.5 }
const issue = { severity: 'warning', type: 'too_long', description: 'over 2000 characters' }
const suggestion = { type: 'reduce_length', description: 'cut it', priority: 7 }

describe('the schema of an analysis', () => {
  it('fills in empty lists', () => {
    expect(promptAnalysisSchema.parse(least)).toEqual({
      ...least,
      issues: [],
      suggestions: [],
      metadata: {},
    })
  })

  it('takes issues and suggestions, and null for a location that is not known', () => {
    const given = { ...least, issues: [{ ...issue, location: null }], suggestions: [suggestion] }
    const parsed = promptAnalysisSchema.parse(given)
    expect(parsed.issues).toEqual([issue])
    expect(parsed.suggestions).toEqual([suggestion])
  })

  it.each([
    ['a score over 100', { overall_score: 100.1 }],
    ['a negative score', { clarity_score: -1 }],
    ['a score as text', { efficiency_score: '5' }],
    ['an unknown severity', { issues: [{ ...issue, severity: 'fatal' }] }],
    ['an unknown kind of issue', { issues: [{ ...issue, type: 'rude' }] }],
    ['a priority of 11', { suggestions: [{ ...suggestion, priority: 11 }] }],
    ['an unknown field', { verdict: 'good' }],
  ])('refuses %s', (_, change) => {
    expect(promptAnalysisSchema.safeParse({ ...least, ...change }).success).toBe(false)
  })
})

const leastResult = {
  prompt_id: 'p',
  original_prompt: 'old',
  optimized_prompt: 'new',
  strategy: 'clarity_focus',
  improvement_score: -2.5,
  confidence: 0.6,
}

describe('the schema of an optimization result', () => {
  it('fills in empty lists and takes a negative improvement', () => {
    expect(optimizationResultSchema.parse(leastResult)).toEqual({
      ...leastResult,
      changes: [],
      metadata: {},
    })
  })

  it('reads changes in both forms and gives them in one', () => {
    const change = {
      rule_id: 'ADD_HEADERS',
      description: 'headers',
      location: [0, 5],
      before: 'a',
      after: 'b',
    }
    const { changes } = optimizationResultSchema.parse({
      ...leastResult,
      changes: [change, 'Added headers'],
    })
    expect(changes).toEqual([change, { rule_id: 'unspecified', description: 'Added headers' }])
  })

  it.each([
    ['an unknown strategy', { strategy: 'magic' }],
    ['a confidence over 1', { confidence: 1.01 }],
    ['a change of an unknown form', { changes: [{ what: 'x' }] }],
    ['a location with one end', { changes: [{ rule_id: 'r', description: 'd', location: [1] }] }],
    ['an unknown field', { node_id: 'n' }],
  ])('refuses %s', (_, change) => {
    expect(optimizationResultSchema.safeParse({ ...leastResult, ...change }).success).toBe(false)
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const score = fc.double({ min: 0, max: 100, noNaN: true }).map((value) => value + 0)
const when = fc
  .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const metadata = fc.dictionary(text, fc.oneof(text, fc.nat(), fc.constant(null)), { maxKeys: 3 })
/** A field that is given, absent, or null as other programs write it. */
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null | undefined> =>
  fc.oneof(value, fc.constantFrom(null, undefined))

const analysis = fc.record(
  {
    prompt_id: text,
    overall_score: score,
    clarity_score: score,
    efficiency_score: score,
    issues: fc.array(
      fc.record({
        severity: fc.constantFrom(...ISSUE_SEVERITIES),
        type: fc.constantFrom(...ISSUE_TYPES),
        description: text,
        location: maybe(text),
        suggestion: maybe(text),
      }),
      { maxLength: 3 },
    ),
    suggestions: fc.array(
      fc.record({
        type: fc.constantFrom(...SUGGESTION_TYPES),
        description: text,
        priority: fc.integer({ min: 1, max: 10 }),
      }),
      { maxLength: 3 },
    ),
    metadata,
    analyzed_at: maybe(when),
  },
  { requiredKeys: ['prompt_id', 'overall_score', 'clarity_score', 'efficiency_score'] },
)

const result = fc.record(
  {
    prompt_id: text,
    original_prompt: text,
    optimized_prompt: text,
    strategy: fc.constantFrom(...OPTIMIZATION_STRATEGIES),
    improvement_score: fc.integer({ min: -100, max: 100 }),
    confidence: fc.constantFrom(0, 0.5, 1),
    changes: fc.array(
      fc.oneof(
        text,
        fc.record({
          rule_id: text,
          description: text,
          location: maybe(fc.tuple(fc.nat(), fc.nat())),
          before: maybe(text),
        }),
      ),
      { maxLength: 3 },
    ),
    metadata,
    optimized_at: maybe(when),
  },
  {
    requiredKeys: [
      'prompt_id',
      'original_prompt',
      'optimized_prompt',
      'strategy',
      'improvement_score',
      'confidence',
    ],
  },
)

const version = fc.record(
  {
    version: fc.constant('1.0.0'),
    prompt_id: text,
    created_at: when,
    parent_version: fc.option(fc.constant('0.9.0')),
    metadata,
    prompt: fc.record(
      {
        id: text.map((id) => `p${id}`),
        workflow_id: text,
        node_id: text,
        node_type: text,
        text: text.map((given) => `t${given}`),
        role: fc.constantFrom('system', 'user'),
        variables: fc.array(fc.constantFrom('a', '#n.x#'), { maxLength: 3 }),
        context: metadata,
        extracted_at: maybe(when),
      },
      { requiredKeys: ['id', 'workflow_id', 'node_id', 'node_type', 'text'] },
    ),
    analysis: fc.option(analysis),
    optimization_result: fc.option(result),
  },
  { requiredKeys: ['version', 'prompt_id', 'created_at', 'prompt'] },
)

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('the schemas of documents', () => {
  it.each([
    ['a version', version, promptVersionSchema],
    ['an analysis', analysis, promptAnalysisSchema],
    ['an optimization', result, optimizationResultSchema],
  ])(
    'give of %s a form that is stored, read and checked again without a change',
    (_, any, schema) => {
      fc.assert(
        fc.property(any as fc.Arbitrary<unknown>, (given) => {
          const parsed = schema.parse(given)
          const again = schema.parse(stored(parsed))
          expect(stored(again)).toEqual(stored(parsed))
          expect(schema.safeParse({ ...parsed, unknown_field: 1 }).success).toBe(false)
        }),
        seeded(150),
      )
    },
  )

  it('take a time if and only if it is one', () => {
    fc.assert(
      fc.property(when, text, (time, other) => {
        expect(timestampSchema.safeParse(time).success).toBe(true)
        expect(timestampSchema.safeParse(time + other).success).toBe(other === '')
      }),
      seeded(200),
    )
  })
})
