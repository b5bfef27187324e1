import { wrongArgument } from '../../base/misuse.js'
import { documentTime } from '../../base/clock.js'
import { oneOf, rejectUnknown, shown } from '../../base/options.js'
import {
  promptSchema,
  wholeText,
  type Prompt,
  type PromptInput,
} from '../../versions/prompts/prompt.js'
import type { PromptAnalysis } from '../../versions/prompts/prompt-version.js'
import { judgeText } from './judge-text.js'
import { RULE_SETS, scoresOf, type RuleSet, type TextScores, type TextUse } from './scores.js'

/** Options of `PromptAnalyzer`. */
export interface AnalyzerOptions {
  /**
   * `holdfast-1`, the default: nine languages, those without blanks between words included; code, placeholders and
   * examples are not judged as prose. `upstream-1`: the scores of the first implementation, to compare old results.
   */
  readonly rules?: RuleSet | undefined
  /** The time that analyses get as `analyzed_at`. Default: the system's. */
  readonly now?: (() => Date) | undefined
}

/**
 * Scores prompts by rules: no model is asked, and the same text has the same scores on every machine and in every
 * language of the machine. What the rules look at is in docs/scoring.md.
 *
 * @throws TypeError for a wrong option
 */
export class PromptAnalyzer {
  /** The set of rules that judges. */
  readonly rules: RuleSet
  readonly #now: () => Date

  constructor(options: AnalyzerOptions = {}) {
    rejectUnknown(options, ['rules', 'now'], 'PromptAnalyzer')
    this.rules = oneOf('rules', options.rules, RULE_SETS, 'holdfast-1')
    const { now = documentTime } = options
    if (typeof now !== 'function')
      throw wrongArgument(`Option "now" must be a function that returns a Date, got ${shown(now)}`)
    this.#now = now
  }

  /**
   * The scores of a prompt, its issues, and what to do about them. The messages of a prompt that has several are one
   * text. @throws TypeError for what is not a prompt
   */
  analyzePrompt(prompt: PromptInput): PromptAnalysis {
    const checked = promptOf(prompt)
    const judgement = judgeText(
      wholeText(checked),
      this.rules,
      useOf(checked),
      checked.variables.length,
    )
    const { overall_score, clarity_score, efficiency_score } = scoresOf(judgement.parts)
    return {
      prompt_id: checked.id,
      overall_score,
      clarity_score,
      efficiency_score,
      issues: judgement.issues,
      suggestions: judgement.suggestions,
      metadata: { ...judgement.metadata, rules: this.rules },
      analyzed_at: this.#now().toISOString(),
    }
  }

  /**
   * The scores of a text, with the parts that they are made of.
   * @param use its role, `system` by default, and the language of its placeholders. @throws TypeError for a wrong argument
   */
  analyzeText(text: string, use: TextUse = {}): TextScores {
    if (typeof text !== 'string')
      throw wrongArgument(`Argument "text" must be a string, got ${shown(text)}`)
    rejectUnknown(use, ['role', 'syntax'], 'analyzeText')
    return scoresOf(judgeText(text, this.rules, use).parts)
  }
}

function promptOf(prompt: unknown): Prompt {
  const { data, error } = promptSchema.safeParse(prompt)
  if (data !== undefined) return data
  const [issue] = error.issues
  const where =
    issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`
  throw wrongArgument(
    `Argument "prompt" must be a prompt${where}: ${issue?.message ?? 'it is not'}`,
  )
}

function useOf(prompt: Prompt): TextUse {
  const syntax = prompt.context['edition_type'] === 'jinja2' ? 'jinja2' : 'basic'
  if (prompt.messages === undefined) return { role: prompt.role, syntax }
  const instructs = prompt.messages.some(({ role }) => role === 'system' || role === 'developer')
  return { role: instructs ? 'system' : 'user', syntax }
}
