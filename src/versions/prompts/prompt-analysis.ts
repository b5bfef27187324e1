import { z } from 'zod'
import type { JsonObject } from '../../document/json.js'
import { jsonObjectSchema, optional, timestampSchema } from '../../document/fields.js'

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

/** Something that is wrong with a prompt. */
export interface PromptIssue {
  readonly severity: IssueSeverity
  readonly type: IssueType
  readonly description: string
  readonly location?: string | undefined
  readonly suggestion?: string | undefined
}

/** Something that could make a prompt better. */
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

/** Unknown fields are refused; lists that were not given are empty. */
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
