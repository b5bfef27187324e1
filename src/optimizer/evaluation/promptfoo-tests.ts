import { z } from 'zod'
import type { EvaluatorSpec } from './evaluator-spec.js'

/** Tests of promptfoo as cases, before they are checked. */
export interface PromptfooCases {
  readonly cases: readonly Readonly<Record<string, unknown>>[]
  readonly notes: readonly string[]
}

const assertSchema = z.looseObject({
  type: z.string(),
  value: z.unknown().optional(),
  threshold: z.number().optional(),
  weight: z.number().positive().optional(),
})
const testSchema = z.looseObject({
  description: z.string().optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  assert: z.array(assertSchema).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
})
const configSchema = z.looseObject({
  tests: z.array(testSchema),
  defaultTest: testSchema.optional(),
})

type Assert = z.infer<typeof assertSchema>

/**
 * The cases of `tests` in a configuration of promptfoo, each with the variables and assertions of `defaultTest`.
 * Assertions that have an evaluator here become evaluators of the case: equals, contains, icontains, contains-all,
 * icontains-all, their negations, regex, is-json, contains-json, similar, llm-rubric. Others are named in the notes.
 *
 * @param refuse makes the error for a text that is not a list of tests
 */
export function promptfooCases(value: unknown, refuse: (reason: string) => Error): PromptfooCases {
  const { success, data } = configSchema.safeParse(value)
  if (!success) throw refuse('it has neither a list of "cases" nor a list of "tests" of promptfoo')
  const { tests, defaultTest } = data
  const notes: string[] = []
  const cases = tests.map((test, at) => {
    const inputs = { ...defaultTest?.vars, ...test.vars }
    for (const [name, given] of Object.entries(inputs))
      if (typeof given === 'string' && given.startsWith('file://'))
        throw refuse(`tests[${at}].vars.${name} is in another file, ${given}; write its text here`)
    const asserts = [...(defaultTest?.assert ?? []), ...(test.assert ?? [])]
    const evaluators = asserts.flatMap((assert) => {
      const spec = specOf(assert)
      if (spec === undefined) notes.push(`tests[${at}]: assertion "${assert.type}" is left out`)
      return spec ?? []
    })
    const metadata = { ...defaultTest?.metadata, ...test.metadata }
    const { description } = test
    return {
      inputs,
      ...(evaluators.length === 0 ? {} : { evaluators }),
      metadata: description === undefined ? metadata : { ...metadata, description },
    }
  })
  return { cases, notes }
}

function specOf(assert: Assert): EvaluatorSpec | undefined {
  const { type, value, threshold, weight } = assert
  const common = weight === undefined ? {} : { weight }
  const isNegated = type.startsWith('not-')
  const kind = isNegated ? type.slice('not-'.length) : type
  const text = typeof value === 'number' ? String(value) : value
  const ignoring = kind.startsWith('i') && kind !== 'is-json' ? { ignore_case: true } : {}
  switch (kind) {
    case 'contains':
    case 'icontains':
    case 'contains-all':
    case 'icontains-all': {
      const values = textsOf(text)
      if (values === undefined) return undefined
      const negated = isNegated ? { not: true } : {}
      return { ...common, type: 'contains', values, ...negated, ...ignoring }
    }
    default:
      return isNegated ? undefined : plainSpec(kind, text, { ...common, threshold })
  }
}

function plainSpec(
  kind: string,
  value: unknown,
  { threshold, ...common }: { readonly threshold: number | undefined; readonly weight?: number },
): EvaluatorSpec | undefined {
  if (kind === 'is-json' || kind === 'contains-json') {
    const schema = typeof value === 'object' && value !== null ? { ...value } : true
    return { ...common, type: 'json_schema', schema }
  }
  if (typeof value !== 'string') return undefined
  switch (kind) {
    case 'equals':
      return { ...common, type: 'exact', value }
    case 'regex':
      return { ...common, type: 'regex', pattern: value, flags: '' }
    case 'similar':
      return {
        ...common,
        type: 'similarity',
        value,
        ...(threshold === undefined ? {} : { threshold }),
      }
    case 'llm-rubric':
      return { ...common, type: 'llm_judge', criteria: value }
    default:
      return undefined
  }
}

/** One text, or a list of them; promptfoo accepts a list as text with commas, too. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value]
  const { success, data } = z.array(z.string()).min(1).safeParse(value)
  return success ? data : undefined
}
