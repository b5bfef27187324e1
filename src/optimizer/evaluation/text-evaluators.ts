import { shown } from '../../base/options.js'
import type { Evaluator, Verdict } from './case.js'
import type { ContainsSpec, ExactSpec, SimilaritySpec } from './evaluator-spec.js'
import { expectedTexts, outputText } from './output-text.js'
import { similarity } from './similarity.js'

/** 1 if the output is the expected text, or one of several, and 0 if not. */
export function exactEvaluator(spec: ExactSpec): Evaluator {
  const same = (text: string): string => {
    const trimmed = spec.trim === false ? text : text.trim()
    return spec.ignore_case === true ? trimmed.toLowerCase() : trimmed
  }
  return evaluator('exact', (evaluated) => {
    const text = outputText(evaluated, spec.output)
    const expected = spec.value === undefined ? expectedTexts(evaluated) : [spec.value]
    const isSame = expected.some((each) => same(each) === same(text))
    return { score: Number(isSame), feedback: isSame ? '' : wanted(expected, text) }
  })
}

/** The share of the expected texts that the output contains; with `not`, of those that it does not. */
export function containsEvaluator(spec: ContainsSpec): Evaluator {
  const same = (text: string): string => (spec.ignore_case === true ? text.toLowerCase() : text)
  return evaluator(spec.not === true ? 'not_contains' : 'contains', (evaluated) => {
    const text = same(outputText(evaluated, spec.output))
    const values = spec.values ?? expectedTexts(evaluated)
    const wrong = values.filter((value) => text.includes(same(value)) === (spec.not === true))
    const complaint = spec.not === true ? 'must not contain' : 'is missing'
    return {
      score: values.length === 0 ? 1 : 1 - wrong.length / values.length,
      feedback: wrong.map((value) => `${complaint}: ${shown(value)}`).join('; '),
    }
  })
}

/** How similar the output is to the most similar of the expected texts. */
export function similarityEvaluator(spec: SimilaritySpec): Evaluator {
  return evaluator('similarity', (evaluated) => {
    const text = outputText(evaluated, spec.output)
    const expected = spec.value === undefined ? expectedTexts(evaluated) : [spec.value]
    const best = expected.reduce((most, each) => Math.max(most, similarity(text, each)), 0)
    const score = spec.threshold === undefined ? best : Number(best >= spec.threshold)
    return { score, feedback: score === 1 ? '' : wanted(expected, text) }
  })
}

/** An evaluator that needs no other program. */
export function evaluator(
  name: string,
  judge: (evaluated: Parameters<Evaluator['evaluate']>[0]) => Verdict,
): Evaluator {
  return {
    name,
    evaluate: async (evaluated) => await Promise.resolve().then(() => judge(evaluated)),
  }
}

function wanted(expected: readonly string[], text: string): string {
  return `expected ${expected.map((each) => shown(each)).join(' or ')}, got ${shown(text)}`
}
