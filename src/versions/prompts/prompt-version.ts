import { z } from 'zod'
import type { JsonObject } from '../../document/json.js'
import { promptAnalysisSchema, type PromptAnalysis } from './prompt-analysis.js'
import { jsonObjectSchema, optional, timestampSchema } from '../../document/fields.js'
import { countCharacters } from './text-difference.js'
import { optimizationResultSchema, type OptimizationResult } from './optimization-result.js'
import { isVersion, STORED_VERSIONS } from '../../document/version-number.js'

/** Longest prompt text, in characters (code points). */
export const PROMPT_TEXT_CHARACTERS_MAX = 100_000

/** One prompt of a workflow. */
export interface Prompt {
  readonly id: string
  readonly workflow_id: string
  readonly node_id: string
  readonly node_type: string
  /** Not blank, at most 100,000 characters. */
  readonly text: string
  /** 'system' when it was not given. */
  readonly role: string
  /** Names of the variables in the text, none of them blank; none when not given. */
  readonly variables: readonly string[]
  /** Whatever else is known about where the prompt comes from; `{}` when not given. */
  readonly context: JsonObject
  /** ISO 8601, UTC. */
  readonly extracted_at?: string | undefined
}

/** A prompt as it may be given: what the schema has a default for may be left out. */
export type PromptInput = Omit<Prompt, 'role' | 'variables' | 'context'> &
  Partial<Pick<Prompt, 'role' | 'variables' | 'context'>>

/** One version of a prompt: what is in its file, without the checksum. */
export interface PromptVersion {
  readonly version: string
  readonly prompt_id: string
  /** ISO 8601, UTC. */
  readonly created_at: string
  /** The version it was made from; null for a first one. It need not exist any more. */
  readonly parent_version: string | null
  /** Who made it and how: `author` and `strategy`, and any other JSON; `{}` when not given. */
  readonly metadata: JsonObject
  readonly prompt: Prompt
  /** Scores of the text; null for a prompt that nobody analysed. */
  readonly analysis: PromptAnalysis | null
  /** How it was made from its parent; null when it was written or imported. */
  readonly optimization_result: OptimizationResult | null
}

/** A version as it may be given to be saved: what the schema has a default for may be left out. */
export type PromptVersionInput = Pick<PromptVersion, 'version' | 'prompt_id' | 'created_at'> &
  Partial<Omit<PromptVersion, 'version' | 'prompt_id' | 'created_at' | 'prompt'>> & {
    readonly prompt: PromptInput
  }

const notBlank = (text: string): boolean => /\S/.test(text)

/** A text has at most as many characters as code units, so most need not be counted. */
const isShortEnough = (text: string): boolean =>
  text.length <= PROMPT_TEXT_CHARACTERS_MAX || countCharacters(text) <= PROMPT_TEXT_CHARACTERS_MAX

/** Unknown fields are refused. */
export const promptSchema: z.ZodType<Prompt> = z.strictObject({
  id: z.string().min(1),
  workflow_id: z.string(),
  node_id: z.string(),
  node_type: z.string(),
  text: z
    .string()
    .refine(notBlank, 'Expected a text that is not blank')
    .refine(isShortEnough, {
      message: `Expected at most ${PROMPT_TEXT_CHARACTERS_MAX} characters`,
    }),
  role: z.string().min(1).default('system'),
  variables: z.array(z.string().refine(notBlank, 'Expected a name that is not blank')).default([]),
  context: jsonObjectSchema.default({}),
  extracted_at: optional(timestampSchema),
})

/**
 * The schema of a stored version. Unknown fields are refused; what may be left out is filled with its default, so a
 * document in storage always has every field. The grammar of `version` is the storage's business: it has options.
 */
export const promptVersionSchema: z.ZodType<PromptVersion> = z.strictObject({
  version: z.string(),
  prompt_id: z.string(),
  created_at: timestampSchema,
  parent_version: z
    .string()
    .refine((parent) => isVersion(parent, STORED_VERSIONS), 'Expected a version, or null')
    .nullable()
    .default(null),
  metadata: jsonObjectSchema.default({}),
  prompt: promptSchema,
  analysis: promptAnalysisSchema.nullable().default(null),
  optimization_result: optimizationResultSchema.nullable().default(null),
})
