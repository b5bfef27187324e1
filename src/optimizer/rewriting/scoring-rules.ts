import { option, resolveOptions, type OptionTable } from '../../base/option-table.js'
import { integer, number, rejectUnknown } from '../../base/options.js'
import type { OptimizationStrategy, PromptAnalysis } from '../../versions/prompts/prompt-version.js'

/** The thresholds of decisions about prompts. Fields that begin with `metrics_` need results of runs. */
export interface ScoringRules {
  /** A prompt with a lower overall score is optimized. Default 80. */
  readonly min_baseline_score: number
  /** So is one with this many critical issues. Default 1. */
  readonly critical_issue_threshold: number
  /** Clarity and efficiency that differ by more decide about the strategy. Default 10. */
  readonly clarity_efficiency_gap: number
  /** If both are lower, the structure is at fault. Default 70. */
  readonly low_score_threshold: number
  /** With metrics, a lower clarity is improved first. Default 60. */
  readonly metrics_min_clarity: number
  /** With metrics, a lower rate of success asks for clarity. 0 to 1, default 0.5. */
  readonly metrics_min_success_rate: number
  /** A larger share of timeouts asks for clarity. 0 to 1, default 0.1. */
  readonly metrics_max_timeout_rate: number
  /** Slower runs ask for efficiency, in seconds. Default 10. */
  readonly metrics_max_execution_time: number
  /** A workflow with a lower rate of success is optimized, whatever its scores. 0 to 1, default 0.8. */
  readonly min_success_rate: number
  /** So is one whose runs take longer on average, in ms. Default 5000. */
  readonly max_acceptable_latency_ms: number
  /** And one whose runs cost more on average. Default 0.1. */
  readonly max_cost_per_request: number
  /** And one with a larger share of timeouts. 0 to 1, default 0.05. */
  readonly max_timeout_error_rate: number
}

const SCORING_RULES: OptionTable<ScoringRules> = {
  min_baseline_score: option(80, number(0, 100)),
  critical_issue_threshold: option(1, integer(1, 1000)),
  clarity_efficiency_gap: option(10, number(0, 100)),
  low_score_threshold: option(70, number(0, 100)),
  metrics_min_clarity: option(60, number(0, 100)),
  metrics_min_success_rate: option(0.5, number(0, 1)),
  metrics_max_timeout_rate: option(0.1, number(0, 1)),
  metrics_max_execution_time: option(10, number(0, 1e9)),
  min_success_rate: option(0.8, number(0, 1)),
  max_acceptable_latency_ms: option(5000, number(0, 1e9)),
  max_cost_per_request: option(0.1, number(0, 1e9)),
  max_timeout_error_rate: option(0.05, number(0, 1)),
}

/** Checks rules and adds the defaults. @throws TypeError or RangeError that names the rule */
export function checkScoringRules(given: Partial<ScoringRules> = {}): ScoringRules {
  rejectUnknown(given, Object.keys(SCORING_RULES), 'scoringRules')
  return Object.freeze(resolveOptions(SCORING_RULES, given))
}

/** What runs of a workflow have shown. `PerformanceMetrics` is one. */
export interface RunMetrics {
  /** 0 to 1. */
  readonly success_rate: number
  /** In seconds. */
  readonly avg_execution_time: number
  readonly avg_cost?: number | undefined
  /** The share of runs that ended at a time limit, 0 to 1. Unknown by default. */
  readonly timeout_rate?: number | undefined
}

type Scores = Pick<
  PromptAnalysis,
  'overall_score' | 'clarity_score' | 'efficiency_score' | 'issues'
>

/** Whether a prompt is optimized, and why: one sentence for each reason, none if it is not. */
export function reasonsToOptimize(
  { overall_score, issues }: Scores,
  rules: ScoringRules,
  metrics?: RunMetrics,
): readonly string[] {
  const critical = issues.filter(({ severity }) => severity === 'critical').length
  const reasons: readonly (readonly [holds: boolean, reason: string])[] = [
    [overall_score < rules.min_baseline_score, `its score is below ${rules.min_baseline_score}`],
    [critical >= rules.critical_issue_threshold, `it has ${critical} critical issues`],
  ]
  return [
    ...reasons.filter(([holds]) => holds).map(([, reason]) => reason),
    ...(metrics === undefined ? [] : lowPerformance(metrics, rules)),
  ]
}

/** What of the runs of a workflow is beyond the limits: one sentence each. */
export function lowPerformance(metrics: RunMetrics, rules: ScoringRules): readonly string[] {
  const latencyMs = metrics.avg_execution_time * 1000
  const reasons: readonly (readonly [holds: boolean, reason: string])[] = [
    [metrics.success_rate < rules.min_success_rate, 'too few runs of the workflow succeed'],
    [latencyMs > rules.max_acceptable_latency_ms, 'the runs of the workflow take too long'],
    [
      (metrics.avg_cost ?? 0) > rules.max_cost_per_request,
      'the runs of the workflow cost too much',
    ],
    [
      (metrics.timeout_rate ?? 0) > rules.max_timeout_error_rate,
      'too many runs of the workflow time out',
    ],
  ]
  return reasons.filter(([holds]) => holds).map(([, reason]) => reason)
}

/** One row of the table of decisions: the first that holds decides. */
interface Decision {
  readonly when: string
  readonly strategy: Extract<
    OptimizationStrategy,
    'clarity_focus' | 'efficiency_focus' | 'structure_focus'
  >
  readonly holds: (scores: Scores, rules: ScoringRules, metrics: RunMetrics) => boolean
}

/** With metrics, the rule of the seeds; its default is the structure. The third row is the first implementation's. */
export const DECISIONS_WITH_METRICS: readonly Decision[] = [
  {
    when: 'clarity < 60',
    strategy: 'clarity_focus',
    holds: ({ clarity_score }, rules) => clarity_score < rules.metrics_min_clarity,
  },
  {
    when: 'success_rate < 0.5',
    strategy: 'clarity_focus',
    holds: (_, rules, { success_rate }) => success_rate < rules.metrics_min_success_rate,
  },
  {
    when: 'timeout_rate > 0.1',
    strategy: 'clarity_focus',
    holds: (_, rules, { timeout_rate = 0 }) => timeout_rate > rules.metrics_max_timeout_rate,
  },
  {
    when: 'avg_execution_time > 10 s',
    strategy: 'efficiency_focus',
    holds: (_, rules, metrics) => metrics.avg_execution_time > rules.metrics_max_execution_time,
  },
  { when: 'otherwise', strategy: 'structure_focus', holds: () => true },
]

/** Without metrics, that of the first implementation: its default is clarity. */
export const DECISIONS_WITHOUT_METRICS: readonly Decision[] = [
  {
    when: 'clarity < efficiency - 10',
    strategy: 'clarity_focus',
    holds: ({ clarity_score, efficiency_score }, rules) =>
      clarity_score < efficiency_score - rules.clarity_efficiency_gap,
  },
  {
    when: 'efficiency < clarity - 10',
    strategy: 'efficiency_focus',
    holds: ({ clarity_score, efficiency_score }, rules) =>
      efficiency_score < clarity_score - rules.clarity_efficiency_gap,
  },
  {
    when: 'clarity and efficiency < 70',
    strategy: 'structure_focus',
    holds: ({ clarity_score, efficiency_score }, rules) =>
      Math.max(clarity_score, efficiency_score) < rules.low_score_threshold,
  },
  { when: 'otherwise', strategy: 'clarity_focus', holds: () => true },
]

/** The strategy that `auto` means for a prompt. */
export function selectStrategy(
  scores: Scores,
  rules: ScoringRules,
  metrics?: RunMetrics,
): Decision['strategy'] {
  const table = metrics === undefined ? DECISIONS_WITHOUT_METRICS : DECISIONS_WITH_METRICS
  const known = metrics ?? { success_rate: 1, avg_execution_time: 0 }
  return table.find(({ holds }) => holds(scores, rules, known))?.strategy ?? 'clarity_focus'
}
