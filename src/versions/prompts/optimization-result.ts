import { z } from 'zod'
import type { JsonObject } from '../../document/json.js'
import { jsonObjectSchema, optional, timestampSchema } from '../../document/fields.js'

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
  /** 'unspecified' for changes that an older program noted as bare text. */
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

/** Both forms that exist are read, objects and bare texts; objects come out. */
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

/** Unknown fields are refused; lists that were not given are empty. */
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
