import { z } from 'zod'
import { strict, strictlyParsed } from '../../config/strict.js'

/** What every evaluator can say, as data. */
interface CommonSpec {
  /** Which output is scored: by default the only one, or `text`, `answer`, `result` or `output`. */
  readonly output?: string | undefined
  /** How much it counts among the evaluators of a case; 1 by default. */
  readonly weight?: number | undefined
}

/** The output is the expected text. */
export interface ExactSpec extends CommonSpec {
  readonly type: 'exact'
  /** `expected` of the case by default. */
  readonly value?: string | undefined
  readonly ignore_case?: boolean | undefined
  /** Whether white space at both ends does not count; true by default. */
  readonly trim?: boolean | undefined
}

/** The output contains the expected texts; the score is the share of those that it contains. */
export interface ContainsSpec extends CommonSpec {
  readonly type: 'contains'
  /** `expected` of the case by default. */
  readonly values?: readonly string[] | undefined
  /** True: it must not contain them. */
  readonly not?: boolean | undefined
  readonly ignore_case?: boolean | undefined
}

/** The output matches a regular expression of JavaScript somewhere. */
export interface RegexSpec extends CommonSpec {
  readonly type: 'regex'
  /** `expected` of the case by default. */
  readonly pattern?: string | undefined
  readonly flags?: string | undefined
}

/** The output is JSON, or has a block of JSON, that fits a JSON Schema (draft 2020-12). */
export interface JsonSchemaSpec extends CommonSpec {
  readonly type: 'json_schema'
  /** `expected` of the case by default. */
  readonly schema?: boolean | Readonly<Record<string, unknown>> | undefined
}

/** How similar the output is to the expected text, by the character n-grams that they share (chrF). */
export interface SimilaritySpec extends CommonSpec {
  readonly type: 'similarity'
  /** `expected` of the case by default. */
  readonly value?: string | undefined
  /** The score is 1 from here on, and 0 below; without it, the score is the similarity. */
  readonly threshold?: number | undefined
}

/** A language model scores the output by criteria in words. */
export interface JudgeSpec extends CommonSpec {
  readonly type: 'llm_judge'
  readonly criteria: string
  /** The name of the model; the default of the endpoint's client without it. */
  readonly model?: string | undefined
}

/** One evaluator, as data: in a test plan, in a case, in a file. */
export type EvaluatorSpec =
  ExactSpec | ContainsSpec | RegexSpec | JsonSchemaSpec | SimilaritySpec | JudgeSpec

const common = {
  output: z.string().min(1).optional(),
  weight: z.number().positive().optional(),
}

const TYPES = 'exact, contains, regex, json_schema, similarity, llm_judge'

/** Checks evaluators that come from a file. */
export const evaluatorSpecSchema: z.ZodType<EvaluatorSpec> = z.discriminatedUnion(
  'type',
  [
    strict({
      ...common,
      type: z.literal('exact'),
      value: z.string().optional(),
      ignore_case: z.boolean().optional(),
      trim: z.boolean().optional(),
    }),
    strict({
      ...common,
      type: z.literal('contains'),
      values: z.array(z.string()).min(1).optional(),
      not: z.boolean().optional(),
      ignore_case: z.boolean().optional(),
    }),
    strict({
      ...common,
      type: z.literal('regex'),
      pattern: z.string().min(1).optional(),
      flags: z.string().optional(),
    }),
    strict({
      ...common,
      type: z.literal('json_schema'),
      schema: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
    }),
    strict({
      ...common,
      type: z.literal('similarity'),
      value: z.string().optional(),
      threshold: z.number().min(0).max(1).optional(),
    }),
    strict({
      ...common,
      type: z.literal('llm_judge'),
      criteria: z.string().min(1),
      model: z.string().min(1).optional(),
    }),
  ],
  { error: ({ code }) => (code === 'invalid_union' ? `expected one of ${TYPES}` : undefined) },
)

/**
 * Checks an evaluator that is data of a manifest.
 *
 * @param where the place of the value, which messages begin with
 * @throws TypeError that names the first wrong key below `where`, what was expected and what was given
 */
export function checkEvaluatorSpec(given: unknown, where: string): EvaluatorSpec {
  return strictlyParsed(evaluatorSpecSchema, given, where)
}
