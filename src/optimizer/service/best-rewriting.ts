import type { OptimizationConfig } from '../../config/env-config.js'
import type { TextPrompt } from '../../versions/prompts/prompt.js'
import type {
  OptimizationResult,
  OptimizationStrategy,
  PromptAnalysis,
} from '../../versions/prompts/prompt-version.js'
import { confidenceOf } from '../rewriting/confidence.js'
import {
  withText,
  type Analyzer,
  type OptimizationEngine,
  type OptimizeConfig,
} from '../rewriting/optimization-engine.js'
import { syntaxOf } from '../rewriting/prompt-syntax.js'
import { refusalOf } from '../rewriting/refusal.js'

/** What a rewriting needs. */
export interface RewritingTools {
  readonly engine: OptimizationEngine
  readonly analyzer: Analyzer
}

/** How far a rewriting goes. */
export interface RewritingLimits extends Pick<
  OptimizationConfig,
  'min_improvement' | 'min_confidence' | 'max_iterations'
> {
  readonly strategy: OptimizationStrategy
}

/** A rewriting, and why it is not good enough; undefined if it is. */
export interface BestRewriting {
  readonly result: OptimizationResult
  readonly optimizedAnalysis: PromptAnalysis
  readonly shortfall: string | undefined
}

const RULE_STRATEGIES = ['clarity_focus', 'structure_focus', 'efficiency_focus'] as const

/**
 * The best that strategies make of a prompt. A named strategy is applied once. With `auto`, the one that the scores
 * choose comes first, and the others follow upon its text, as long as the result is not good enough and the score
 * grows. The result compares the last text with the first, not with the one before it.
 */
export async function bestRewriting(
  { engine, analyzer }: RewritingTools,
  prompt: TextPrompt,
  analysis: PromptAnalysis,
  limits: RewritingLimits,
  config: OptimizeConfig,
): Promise<BestRewriting> {
  const first = await engine.optimize(prompt, limits.strategy, config)
  let best = assess(analyzer, prompt, first, limits)
  if (limits.strategy !== 'auto') return best
  const others = RULE_STRATEGIES.filter((strategy) => strategy !== first.strategy)
  for (const strategy of others.slice(0, limits.max_iterations - 1)) {
    if (best.shortfall === undefined) break
    const base = withText(prompt, best.result.optimized_prompt)
    const next = await engine.optimize(base, strategy, config)
    const whole = composed(prompt, best.result, next, analysis, analyzer)
    const isSound = refusalOf(prompt.text, whole.optimized_prompt, syntaxOf(prompt)).length === 0
    if (isSound && whole.improvement_score > best.result.improvement_score)
      best = assess(analyzer, prompt, whole, limits)
  }
  return best
}

function assess(
  analyzer: Analyzer,
  prompt: TextPrompt,
  result: OptimizationResult,
  limits: RewritingLimits,
): BestRewriting {
  const optimizedAnalysis = analyzer.analyzePrompt(withText(prompt, result.optimized_prompt))
  return { result, optimizedAnalysis, shortfall: shortfallOf(result, limits) }
}

function shortfallOf(
  { original_prompt, optimized_prompt, improvement_score, confidence }: OptimizationResult,
  { min_improvement, min_confidence }: RewritingLimits,
): string | undefined {
  if (original_prompt === optimized_prompt) return 'nothing was found to change'
  if (improvement_score < min_improvement)
    return `the score grows by ${improvement_score.toFixed(1)}, less than ${min_improvement}`
  if (confidence < min_confidence)
    return `the confidence is ${confidence}, less than ${min_confidence}`
  return undefined
}

/** Two rewritings in a row as one. Places in the text between them mean nothing in the first one: they are left out. */
function composed(
  prompt: TextPrompt,
  first: OptimizationResult,
  second: OptimizationResult,
  before: PromptAnalysis,
  analyzer: Analyzer,
): OptimizationResult {
  const after = analyzer.analyzePrompt(withText(prompt, second.optimized_prompt))
  const strategies = [...strategiesOf(first), second.strategy]
  return {
    ...second,
    original_prompt: prompt.text,
    strategy: 'auto',
    improvement_score: after.overall_score - before.overall_score,
    confidence: confidenceOf(before, after),
    changes: [
      ...first.changes,
      ...second.changes.map((change) => ({ ...change, location: undefined })),
    ],
    metadata: {
      ...second.metadata,
      original_score: before.overall_score,
      original_clarity: before.clarity_score,
      original_efficiency: before.efficiency_score,
      requested_strategy: 'auto',
      strategies,
    },
  }
}

function strategiesOf({ strategy, metadata }: OptimizationResult): readonly string[] {
  const known: unknown = metadata['strategies']
  return Array.isArray(known) ? (known as readonly string[]) : [strategy]
}
