import { judgeByHoldfast } from './holdfast-rules.js'
import type { Judgement, RuleSet, TextUse } from './scores.js'
import { judgeByUpstream } from './upstream-rules.js'

/**
 * What a set of rules says about a text of any length, whether a store could hold it or not.
 *
 * @param variables how many variables its prompt declares
 */
export function judgeText(
  text: string,
  rules: RuleSet,
  use: TextUse = {},
  variables = 0,
): Judgement {
  return rules === 'upstream-1'
    ? judgeByUpstream(text, variables)
    : judgeByHoldfast(text, variables, use)
}
