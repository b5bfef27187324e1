import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  OPTIMIZATION_STRATEGIES,
  optimizationResultSchema,
} from '../../../../src/versions/prompts/optimization-result.js'
import {
  ISSUE_SEVERITIES,
  ISSUE_TYPES,
  promptAnalysisSchema,
  SUGGESTION_TYPES,
} from '../../../../src/versions/prompts/prompt-analysis.js'
import { timestampSchema } from '../../../../src/document/fields.js'
import { promptVersionSchema } from '../../../../src/versions/prompts/prompt-version.js'
import { seeded } from '../../../support/random.js'

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
