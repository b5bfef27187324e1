import type { OptimizationResult, PromptAnalysis } from '../../versions/prompts/prompt-version.js'
import type { ModelStatistics } from '../llm/metered-model.js'
import type { PromptPatch } from '../models/prompt-patch.js'
import type { KeptVersions } from './kept-versions.js'
import type { StepTimings } from './step-timings.js'

/**
 * What became of a prompt. `good`: its scores need nothing. `not_better`: nothing that was tried is good enough.
 * `failed`: an error, which the other prompts do not share.
 */
export type PromptStatus = 'optimized' | 'good' | 'not_better' | 'failed'

/** One prompt of a cycle. */
export interface OptimizedPrompt {
  readonly prompt_id: string
  readonly node_id?: string | undefined
  readonly status: PromptStatus
  /** Why it has this status. */
  readonly reason: string
  /** Missing where the scores themselves failed. */
  readonly analysis?: PromptAnalysis | undefined
  readonly result?: OptimizationResult | undefined
  readonly versions?: KeptVersions | undefined
  readonly patch?: PromptPatch | undefined
  /** The code is that of the error, if it has one. */
  readonly error?: { readonly code?: string | undefined; readonly message: string } | undefined
}

/** What a cycle did. */
export interface OptimizationReport {
  readonly workflow_id: string
  readonly strategy: string
  /** The model that was asked; null if none was given. */
  readonly model: string | null
  readonly prompts: readonly OptimizedPrompt[]
  readonly patches: readonly PromptPatch[]
  readonly patches_generated: number
  /** In seconds. */
  readonly timings: StepTimings
  readonly llm: ModelStatistics | null
}

/** What happens in a cycle, in order. */
export type OptimizationEvent =
  | { readonly type: 'started'; readonly workflow_id: string }
  | {
      readonly type: 'extracted'
      readonly workflow_id: string
      readonly prompt_count: number
    }
  | {
      readonly type: 'prompt'
      readonly workflow_id: string
      readonly prompt: OptimizedPrompt
    }
  | {
      readonly type: 'complete'
      readonly workflow_id: string
      readonly patches_generated: number
      readonly timings: StepTimings
    }
