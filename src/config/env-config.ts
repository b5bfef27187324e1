import { z } from 'zod'
import type { BackendName } from './backends/backends.js'
import { backendSchema, type ResolvedStorageConfig } from './storage-config.js'
import { strict } from './strict.js'

/** When a prompt is optimised, and what counts as better. */
export interface OptimizationConfig {
  /** Prompts with a lower score are optimised. 0 to 100, default 80. */
  readonly min_baseline_score: number
  /** By how many points a new text has to be better. 0 to 100, default 5. */
  readonly min_improvement: number
  /** Results with less confidence are dropped. 0 to 1, default 0.6. */
  readonly min_confidence: number
  /** Most attempts for each prompt. 1 to 1000, default 3. */
  readonly max_iterations: number
}

export interface OptimizerConfig {
  readonly storage: ResolvedStorageConfig
  readonly optimization: OptimizationConfig
}

/** The whole configuration: the shape of the seed documents. */
export interface EnvConfig {
  /** Paths by name, such as `workflow_dsl`. Holdfast keeps them for programs. */
  readonly io_paths: Readonly<Record<string, string>>
  /** Access to Dify; `auth` holds secrets. Holdfast keeps it for programs. */
  readonly dify: { readonly auth: Readonly<Record<string, string>> }
  readonly optimizer: OptimizerConfig
}

const NUMBERS = {
  min_baseline_score: z.number().min(0).max(100),
  min_improvement: z.number().min(0).max(100),
  min_confidence: z.number().min(0).max(1),
  max_iterations: z.int().min(1).max(1000),
}

export const OPTIMIZATION_DEFAULTS: OptimizationConfig = Object.freeze({
  min_baseline_score: 80,
  min_improvement: 5,
  min_confidence: 0.6,
  max_iterations: 3,
})

/** What one source may say: any part of the whole. */
export interface PartialConfig {
  readonly io_paths?: Readonly<Record<string, string>> | undefined
  readonly dify?: { readonly auth?: Readonly<Record<string, string>> | undefined } | undefined
  readonly optimizer?: PartialOptimizer | undefined
}

interface PartialOptimizer {
  readonly storage?:
    | {
        readonly backend?: BackendName | undefined
        readonly config?: Readonly<Record<string, unknown>> | undefined
      }
    | undefined
  readonly optimization?:
    { readonly [Name in keyof OptimizationConfig]?: number | undefined } | undefined
}

const texts = z.record(z.string(), z.string())

export const partialConfigSchema: z.ZodType<PartialConfig> = strict({
  io_paths: texts.optional(),
  dify: strict({ auth: texts.optional() }).optional(),
  optimizer: strict({
    storage: strict({
      backend: backendSchema.optional(),
      config: z.record(z.string(), z.unknown()).optional(),
    }).optional(),
    optimization: strict({
      min_baseline_score: NUMBERS.min_baseline_score.optional(),
      min_improvement: NUMBERS.min_improvement.optional(),
      min_confidence: NUMBERS.min_confidence.optional(),
      max_iterations: NUMBERS.max_iterations.optional(),
    }).optional(),
  }).optional(),
})
