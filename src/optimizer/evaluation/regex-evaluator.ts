import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { boundedMatch, REGEX_TIMEOUT_MS } from './bounded-regex.js'
import type { Evaluator } from './case.js'
import type { RegexSpec } from './evaluator-spec.js'
import { expectedTexts, notScored, outputText } from './output-text.js'
import { evaluator } from './text-evaluators.js'

/**
 * 1 if the output matches, 0 if not. A match that takes longer than 250 ms is an error, and not a score.
 * @throws TypeError for a pattern of the specification that is not a regular expression
 */
export function regexEvaluator(spec: RegexSpec): Evaluator {
  const flags = spec.flags ?? 'u'
  if (spec.pattern !== undefined) {
    const tried = boundedMatch(spec.pattern, flags, '')
    if (tried.kind === 'malformed')
      throw wrongArgument(`Evaluator "regex" has a wrong pattern: ${tried.reason}`)
  }
  return evaluator('regex', (evaluated) => {
    const text = outputText(evaluated, spec.output)
    const patterns = spec.pattern === undefined ? expectedTexts(evaluated) : [spec.pattern]
    const unmatched = patterns.filter((pattern) => {
      const outcome = boundedMatch(pattern, flags, text)
      if (outcome.kind === 'matched') return !outcome.isMatch
      const reason =
        outcome.kind === 'timeout'
          ? `the pattern ${shown(pattern)} did not end within ${REGEX_TIMEOUT_MS} ms`
          : `the pattern ${shown(pattern)} is malformed: ${outcome.reason}`
      throw notScored(evaluated.testCase.id, reason)
    })
    const feedback = unmatched.map((pattern) => `does not match ${shown(pattern)}`).join('; ')
    return { score: Number(unmatched.length === 0), feedback }
  })
}
