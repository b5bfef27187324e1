import type { PromptIssue, PromptSuggestion } from '../../versions/prompts/prompt-version.js'
import type { JsonObject } from '../../document/json.js'

/** Which rules judge a text: those of the first implementation, or those of Holdfast. */
export const RULE_SETS = ['upstream-1', 'holdfast-1'] as const
export type RuleSet = (typeof RULE_SETS)[number]

/** How a text is used, as far as it changes the judgement. */
export interface TextUse {
  /** The role of the message; `system` by default. Those of an assistant need no instruction. */
  readonly role?: string | undefined
  /** The language of its placeholders; `basic` by default. */
  readonly syntax?: 'basic' | 'jinja2' | undefined
}

/** The scores of a text, each from 0 to 100. */
export interface TextScores {
  /** 60 % clarity and 40 % efficiency. */
  readonly overall_score: number
  readonly clarity_score: number
  readonly efficiency_score: number
  /** What clarity and efficiency are made of, each from 0 to 100. */
  readonly parts: ScoreParts
}

/** Clarity is 40 % structure, 30 % specificity, 30 % coherence; efficiency is the mean of the other two. */
export interface ScoreParts {
  readonly structure: number
  readonly specificity: number
  readonly coherence: number
  readonly token_efficiency: number
  readonly information_density: number
}

/** What one set of rules says about a text. */
export interface Judgement {
  readonly parts: ScoreParts
  readonly issues: readonly PromptIssue[]
  /** The most urgent first. */
  readonly suggestions: readonly PromptSuggestion[]
  readonly metadata: JsonObject
}

/** The weights of the first implementation, which both sets of rules share so that their scores can be compared. */
export function scoresOf(parts: ScoreParts): TextScores {
  const clarity_score = bounded(
    0.4 * parts.structure + 0.3 * parts.specificity + 0.3 * parts.coherence,
  )
  const efficiency_score = bounded(0.5 * parts.token_efficiency + 0.5 * parts.information_density)
  const overall_score = 0.6 * clarity_score + 0.4 * efficiency_score
  return { overall_score, clarity_score, efficiency_score, parts }
}

/** A score within its limits, 0 and 100. */
export function bounded(score: number): number {
  return Math.min(100, Math.max(0, score))
}
