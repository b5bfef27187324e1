import { oneOf } from '../../base/options.js'
import { rounded } from '../../base/rounded.js'
import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { judgeText } from './judge-text.js'
import { languagesOf } from './languages.js'
import { proseOf } from './prose.js'
import { RULE_SETS, scoresOf, type RuleSet } from './scores.js'
import { freePromptId } from '../identity/prompt-ids.js'
import type { PromptAnalysis } from '../../versions/prompts/prompt-version.js'

/** A prompt of a file, with what the rules say about it. Printed as it is. */
export interface ScannedPrompt {
  /** The id that it gets when the file is imported into an empty store. */
  readonly prompt_id: string
  readonly node_id: string | null
  readonly node_title: string | null
  readonly node_type: string | null
  readonly carrier: string
  readonly role: string | null
  readonly syntax: string
  readonly pointer: string
  readonly line: number
  readonly column: number
  readonly characters: number
  readonly languages: readonly string[]
  readonly overall_score: number
  readonly clarity_score: number
  readonly efficiency_score: number
  readonly issues: PromptAnalysis['issues']
  readonly suggestions: PromptAnalysis['suggestions']
}

/** Which texts of a file are scanned, and how they are scored. */
export interface ScanOptions {
  /** Whether texts for the app's user, such as answers and openings, count. Default false. */
  readonly optionalTexts?: boolean | undefined
  readonly rules?: RuleSet | undefined
}

/** The prompts of a file that are not blank, in the order of the file. */
export function scannedPrompts(file: DifyFile, options: ScanOptions = {}): ScannedPrompt[] {
  const rules = oneOf('rules', options.rules, RULE_SETS, 'holdfast-1')
  const taken = new Set<string>()
  return file.texts
    .filter(
      ({ text, optional }) => /\S/.test(text) && (options.optionalTexts === true || !optional),
    )
    .map((carried) => {
      const id = freePromptId(file.name, carried, (other) => taken.has(other))
      taken.add(id)
      return scanned(carried, id, rules)
    })
}

/** A text that no store could hold is scored, too: a file is not refused for it. */
function scanned(carried: CarriedText, id: string, rules: RuleSet): ScannedPrompt {
  const { node, carrier, role, syntax, pointer, line, column, text } = carried
  const use = { role: role ?? 'system', syntax: syntax === 'jinja2' ? 'jinja2' : 'basic' } as const
  const { parts, issues, suggestions } = judgeText(text, rules, use)
  const { overall_score, clarity_score, efficiency_score } = scoresOf(parts)
  return {
    prompt_id: id,
    node_id: node?.id ?? null,
    node_title: node?.title ?? null,
    node_type: node?.type ?? null,
    carrier,
    role: role ?? null,
    syntax,
    pointer,
    line,
    column,
    characters: Array.from(text).length,
    languages: languagesOf(proseOf(text).text),
    overall_score: rounded(overall_score),
    clarity_score: rounded(clarity_score),
    efficiency_score: rounded(efficiency_score),
    issues,
    suggestions,
  }
}
