import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js'
import { wrongArgument } from '../../base/misuse.js'
import { toError } from '../../base/values.js'
import { boundedMatch } from './bounded-regex.js'
import type { Evaluator } from './case.js'
import type { JsonSchemaSpec } from './evaluator-spec.js'
import { expectedTexts, notScored, outputText } from './output-text.js'
import { evaluator } from './text-evaluators.js'

/** How many errors of a value the feedback names. */
const ERRORS_SHOWN = 5

/**
 * 1 if the output fits the schema, 0 if not. The output is JSON, or has one fenced block of JSON, as models write it.
 * `format` is not checked; `pattern` has the time limit of the evaluator `regex`.
 *
 * @throws TypeError for a schema of the specification that is not a JSON Schema
 */
export function jsonSchemaEvaluator(spec: JsonSchemaSpec): Evaluator {
  const given = spec.schema === undefined ? undefined : compile(spec.schema)
  return evaluator('json_schema', (evaluated) => {
    const parsed = jsonIn(outputText(evaluated, spec.output))
    if (parsed === undefined) return { score: 0, feedback: 'the output is not JSON' }
    const { id } = evaluated.testCase
    try {
      const validate = given ?? compile(JSON.parse(expectedTexts(evaluated)[0] ?? '') as AnySchema)
      if (validate(parsed.value)) return { score: 1, feedback: '' }
      const errors = (validate.errors ?? []).slice(0, ERRORS_SHOWN)
      const complaints = errors.map(
        ({ instancePath, message = 'does not fit' }) => `${instancePath || 'it'} ${message}`,
      )
      return { score: 0, feedback: complaints.join('; ') }
    } catch (cause) {
      throw notScored(id, toError(cause).message, cause)
    }
  })
}

function compile(schema: AnySchema): ValidateFunction {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    validateFormats: false,
    code: { regExp: Object.assign(boundedExpression, { code: 'boundedExpression' }) },
  })
  try {
    return ajv.compile(schema)
  } catch (cause) {
    const { message } = toError(cause)
    throw wrongArgument(`Evaluator "json_schema" has a wrong schema: ${message}`, { cause })
  }
}

interface BoundedExpression {
  readonly test: (text: string) => boolean
  readonly toString: () => string
}

/** Ajv's port for engines other than RegExp. */
function boundedExpression(pattern: string, flags: string): BoundedExpression {
  const test = (text: string): boolean => {
    const outcome = boundedMatch(pattern, flags, text)
    if (outcome.kind === 'matched') return outcome.isMatch
    throw wrongArgument(
      outcome.kind === 'timeout'
        ? `a "pattern" of the schema did not end in time`
        : `a "pattern" of the schema is malformed: ${outcome.reason}`,
    )
  }
  // A malformed pattern is refused when the schema is compiled.
  test('')
  // Ajv keeps expressions by this text, those of its own schemas among them.
  return { test, toString: () => `/${pattern}/${flags}` }
}

/** The JSON value of a text; undefined if it has none. */
function jsonIn(text: string): { readonly value: unknown } | undefined {
  const [, fenced] = /```(?:json)?[^\S\n]*\n([^`]*)```/i.exec(text) ?? []
  for (const candidate of [text, fenced])
    try {
      if (candidate !== undefined) return { value: JSON.parse(candidate) as unknown }
    } catch {
      // Not this one.
    }
  return undefined
}
