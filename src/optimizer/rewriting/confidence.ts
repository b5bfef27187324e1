import type { PromptAnalysis } from '../../versions/prompts/prompt-version.js'

type Scores = Pick<PromptAnalysis, 'overall_score' | 'clarity_score' | 'efficiency_score'>

/** The overall score gained, from the most: what it adds. The numbers are those of the first implementation. */
const GAINS: readonly (readonly [moreThan: number, adds: number])[] = [
  [10, 0.3],
  [5, 0.2],
  [0, 0.1],
]
const BASE = 0.5
const BOTH_BETTER = 0.15
const ONE_WORSE = -0.2
/** A loss of more points than this counts as worse. */
const LOSS_MAX = 5

/**
 * How sure it is that a text is better, from 0 to 1, by its scores alone: 0.5 for no difference. It is not a
 * probability; only runs show whether a prompt works better.
 */
export function confidenceOf(before: Scores, after: Scores): number {
  const gain = after.overall_score - before.overall_score
  const clarity = after.clarity_score - before.clarity_score
  const efficiency = after.efficiency_score - before.efficiency_score
  const byGain = GAINS.find(([moreThan]) => gain > moreThan)?.[1] ?? 0
  const both = clarity > 0 && efficiency > 0 ? BOTH_BETTER : 0
  const worse = clarity < -LOSS_MAX || efficiency < -LOSS_MAX ? ONE_WORSE : 0
  // Without the rounding, 0.5 + 0.3 + 0.15 would have more digits.
  return Math.round(Math.min(1, Math.max(0, BASE + byGain + both + worse)) * 100) / 100
}
