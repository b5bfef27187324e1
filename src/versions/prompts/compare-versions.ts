import type { OptimizationChange } from './optimization-result.js'
import type { PromptAnalysis } from './prompt-analysis.js'
import type { PromptVersion } from './prompt-version.js'
import { compareTexts, type TextDifference } from './text-difference.js'

/** The scores of one side of a comparison. */
export interface AnalysisSummary {
  readonly overall_score: number
  readonly clarity_score: number
  readonly efficiency_score: number
  readonly issues_count: number
}

/** What changed from one version to another. */
export interface VersionComparison {
  readonly prompt_id: string
  readonly version1: string
  readonly version2: string
  /** Overall score of version2 minus that of version1; null unless both were analysed. */
  readonly improvement: number | null
  readonly clarity_improvement: number | null
  readonly efficiency_improvement: number | null
  readonly text_diff: TextDifference
  readonly version1_analysis: AnalysisSummary | null
  readonly version2_analysis: AnalysisSummary | null
  /** The changes that made version2, as its optimization noted them. */
  readonly changes: readonly OptimizationChange[]
}

/** Compares two versions of one prompt. */
export function compareDocuments(first: PromptVersion, second: PromptVersion): VersionComparison {
  const delta = (score: (analysis: PromptAnalysis) => number): number | null =>
    first.analysis === null || second.analysis === null
      ? null
      : score(second.analysis) - score(first.analysis)
  return Object.freeze({
    prompt_id: first.prompt_id,
    version1: first.version,
    version2: second.version,
    improvement: delta((analysis) => analysis.overall_score),
    clarity_improvement: delta((analysis) => analysis.clarity_score),
    efficiency_improvement: delta((analysis) => analysis.efficiency_score),
    text_diff: compareTexts(first.prompt.text, second.prompt.text),
    version1_analysis: summarize(first.analysis),
    version2_analysis: summarize(second.analysis),
    changes: second.optimization_result?.changes ?? Object.freeze([]),
  })
}

function summarize(analysis: PromptAnalysis | null): AnalysisSummary | null {
  if (analysis === null) return null
  const { overall_score, clarity_score, efficiency_score, issues } = analysis
  return Object.freeze({
    overall_score,
    clarity_score,
    efficiency_score,
    issues_count: issues.length,
  })
}
