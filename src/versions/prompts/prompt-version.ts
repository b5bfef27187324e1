import { z } from 'zod'
import type { JsonObject } from '../../document/json.js'
import { jsonObjectSchema, optional, timestampSchema } from '../../document/fields.js'
import { isVersion, STORED_VERSIONS } from '../../document/version-number.js'
import { promptContentSchema, withId, type Prompt, type PromptContent } from './prompt.js'

export const ISSUE_SEVERITIES = ['critical', 'warning', 'info'] as const
export type IssueSeverity = (typeof ISSUE_SEVERITIES)[number]

export const ISSUE_TYPES = [
  'too_long',
  'too_short',
  'vague_language',
  'missing_structure',
  'redundancy',
  'poor_formatting',
  'ambiguous_instructions',
] as const
export type IssueType = (typeof ISSUE_TYPES)[number]

export const SUGGESTION_TYPES = [
  'add_structure',
  'clarify_instructions',
  'reduce_length',
  'add_examples',
  'improve_formatting',
] as const
export type SuggestionType = (typeof SUGGESTION_TYPES)[number]

/** A fault of a prompt. */
export interface PromptIssue {
  readonly severity: IssueSeverity
  readonly type: IssueType
  readonly description: string
  readonly location?: string | undefined
  readonly suggestion?: string | undefined
}

/** A way to improve a prompt. */
export interface PromptSuggestion {
  readonly type: SuggestionType
  readonly description: string
  /** 1 to 10; 10 is the most urgent. */
  readonly priority: number
}

/** The scores of a prompt's text, each from 0 to 100, and the reasons for them. */
export interface PromptAnalysis {
  readonly prompt_id: string
  readonly overall_score: number
  readonly clarity_score: number
  readonly efficiency_score: number
  readonly issues: readonly PromptIssue[]
  readonly suggestions: readonly PromptSuggestion[]
  readonly metadata: JsonObject
  /** ISO 8601, UTC. */
  readonly analyzed_at?: string | undefined
}

const score = z.number().min(0).max(100)

/** Unknown fields are refused; missing lists are empty. */
export const promptAnalysisSchema: z.ZodType<PromptAnalysis> = z.strictObject({
  prompt_id: z.string(),
  overall_score: score,
  clarity_score: score,
  efficiency_score: score,
  issues: z
    .array(
      z.strictObject({
        severity: z.enum(ISSUE_SEVERITIES),
        type: z.enum(ISSUE_TYPES),
        description: z.string(),
        location: optional(z.string()),
        suggestion: optional(z.string()),
      }),
    )
    .default([]),
  suggestions: z
    .array(
      z.strictObject({
        type: z.enum(SUGGESTION_TYPES),
        description: z.string(),
        priority: z.int().min(1).max(10),
      }),
    )
    .default([]),
  metadata: jsonObjectSchema.default({}),
  analyzed_at: optional(timestampSchema),
})

export const OPTIMIZATION_STRATEGIES = [
  'clarity_focus',
  'efficiency_focus',
  'structure_focus',
  'auto',
  'llm_guided',
  'llm_clarity',
  'llm_efficiency',
  'hybrid',
] as const
export type OptimizationStrategy = (typeof OPTIMIZATION_STRATEGIES)[number]

/** One thing that an optimization changed. */
export interface OptimizationChange {
  /** 'unspecified' for changes that an older program wrote as plain text. */
  readonly rule_id: string
  readonly description: string
  /** Start and end in the original text. */
  readonly location?: readonly [number, number] | undefined
  readonly before?: string | undefined
  readonly after?: string | undefined
}

/** How one text was made from another, and how much better it is. */
export interface OptimizationResult {
  readonly prompt_id: string
  readonly original_prompt: string
  readonly optimized_prompt: string
  readonly strategy: OptimizationStrategy
  /** Points of the overall score; negative when it got worse. */
  readonly improvement_score: number
  /** 0 to 1. */
  readonly confidence: number
  readonly changes: readonly OptimizationChange[]
  readonly metadata: JsonObject
  /** ISO 8601, UTC. */
  readonly optimized_at?: string | undefined
}

const position = z.int().min(0)

/** Reads both forms that exist, objects and plain texts; the output is always an object. */
const changeSchema = z.union([
  z.strictObject({
    rule_id: z.string(),
    description: z.string(),
    location: optional(z.tuple([position, position])),
    before: optional(z.string()),
    after: optional(z.string()),
  }),
  z.string().transform((description) => ({ rule_id: 'unspecified', description })),
])

/** Unknown fields are refused; missing lists are empty. */
export const optimizationResultSchema: z.ZodType<OptimizationResult> = z.strictObject({
  prompt_id: z.string(),
  original_prompt: z.string(),
  optimized_prompt: z.string(),
  strategy: z.enum(OPTIMIZATION_STRATEGIES),
  improvement_score: z.number(),
  confidence: z.number().min(0).max(1),
  changes: z.array(changeSchema).default([]),
  metadata: jsonObjectSchema.default({}),
  optimized_at: optional(timestampSchema),
})

/** One version of a prompt: the content of its file, without the checksum. */
export interface PromptVersion {
  readonly version: string
  readonly prompt_id: string
  /** ISO 8601, UTC. */
  readonly created_at: string
  /** The version it was made from; null for a first one. It may have been deleted. */
  readonly parent_version: string | null
  /** Who made it and how: `author` and `strategy`, and any other JSON. Default `{}`. */
  readonly metadata: JsonObject
  readonly prompt: Prompt
  /** Scores of the text; null for a prompt that was not analysed. */
  readonly analysis: PromptAnalysis | null
  /** How it was made from its parent; null when it was written or imported. */
  readonly optimization_result: OptimizationResult | null
}

/** A version as input of a save: fields with a default are optional. */
export type PromptVersionInput = Pick<PromptVersion, 'version' | 'prompt_id' | 'created_at'> &
  Partial<Omit<PromptVersion, 'version' | 'prompt_id' | 'created_at' | 'prompt'>> & {
    /** Its id is the prompt id by default. */
    readonly prompt: PromptContent
  }

/**
 * The schema of a stored version. Unknown fields are refused; missing optional fields get their default, so a stored
 * document always has every field. The storage checks the grammar of `version`, since that depends on its options.
 */
export const promptVersionSchema: z.ZodType<PromptVersion> = z
  .strictObject({
    version: z.string(),
    prompt_id: z.string(),
    created_at: timestampSchema,
    parent_version: z
      .string()
      .refine((parent) => isVersion(parent, STORED_VERSIONS), 'Expected a version, or null')
      .nullable()
      .default(null),
    metadata: jsonObjectSchema.default({}),
    prompt: promptContentSchema,
    analysis: promptAnalysisSchema.nullable().default(null),
    optimization_result: optimizationResultSchema.nullable().default(null),
  })
  .overwrite((version) => ({
    ...version,
    prompt: withId(version.prompt, version.prompt_id),
  })) as unknown as z.ZodType<PromptVersion>
