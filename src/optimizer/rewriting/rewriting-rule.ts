import type { OptimizationChange } from '../../versions/prompts/prompt-version.js'
import { proseOf, type Prose } from './prose.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { refusalOf } from './refusal.js'
import { applyEdits, changesOf, orderedEdits, type TextEdit } from './text-edit.js'

/** A rule that rewrites a text. Applied to its own result, it finds nothing. */
export interface RewritingRule {
  /** What the record of a change names, such as `efficiency-filler`. */
  readonly id: string
  readonly description: string
  readonly edits: (prose: Prose) => readonly TextEdit[]
}

/** What rules have made of a text. */
export interface Rewritten {
  readonly text: string
  readonly changes: readonly OptimizationChange[]
  /** The rules whose changes would have lost something that is protected, and were dropped. */
  readonly refused: readonly string[]
}

/** The rules are applied until they find nothing more; more rounds than this are a defect of a rule. */
const ROUNDS_MAX = 5

/**
 * Applies rules in their order, each to what the one before it has left, until none finds anything. A rule whose result
 * the check of rewritings refuses is dropped, whatever the reason.
 */
export function applyRules(
  text: string,
  syntax: TextSyntax,
  rules: readonly RewritingRule[],
): Rewritten {
  let current = text
  const changes: OptimizationChange[] = []
  const stages: (readonly TextEdit[])[] = []
  const refused = new Set<string>()
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = current
    for (const rule of rules) {
      if (refused.has(rule.id)) continue
      const edits = orderedEdits(current, rule.edits(proseOf(current, syntax)))
      const after = applyEdits(current, edits)
      if (after === current) continue
      if (refusalOf(text, after, syntax).length > 0) {
        refused.add(rule.id)
        continue
      }
      for (const change of changesOf(rule, current, edits, stages)) changes.push(change)
      stages.push(edits)
      current = after
    }
    if (current === before) break
  }
  return { text: current, changes, refused: [...refused] }
}

/** Edits for the matches of a pattern in the prose, where nothing protected is within the match. */
export function replacing(
  { visible, ranges }: Prose,
  where: string,
  pattern: RegExp,
  after: (match: RegExpExecArray) => string,
): readonly TextEdit[] {
  return Array.from(where.matchAll(pattern), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
    after: after(match),
  })).filter(
    ({ start, end }) =>
      visible.slice(start, end) === where.slice(start, end) &&
      ranges.every((range) => range.end <= start || range.start >= end),
  )
}

/** The first letter of a text as a capital one. */
export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
