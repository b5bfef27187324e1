import { wrongArgument } from '../../base/misuse.js'
import type { ChatModel } from '../llm/chat-model.js'
import type { Evaluated, Evaluator, Verdict } from './case.js'
import type { EvaluatorSpec } from './evaluator-spec.js'
import { jsonSchemaEvaluator } from './json-schema-evaluator.js'
import { judgeEvaluator } from './judge.js'
import { regexEvaluator } from './regex-evaluator.js'
import { containsEvaluator, exactEvaluator, similarityEvaluator } from './text-evaluators.js'

/** What evaluators need beside their specification. */
export interface EvaluatorOptions {
  /** Asked by `llm_judge`; its answers are in the ledger if this model is. */
  readonly model?: ChatModel | undefined
}

/** The evaluator of a specification. @throws TypeError for a judge without a model, a wrong pattern or schema */
export function evaluatorOf(spec: EvaluatorSpec, { model }: EvaluatorOptions = {}): Evaluator {
  switch (spec.type) {
    case 'exact':
      return exactEvaluator(spec)
    case 'contains':
      return containsEvaluator(spec)
    case 'regex':
      return regexEvaluator(spec)
    case 'json_schema':
      return jsonSchemaEvaluator(spec)
    case 'similarity':
      return similarityEvaluator(spec)
    case 'llm_judge':
      if (model === undefined)
        throw wrongArgument(
          'Evaluator "llm_judge" needs the option "model": a client of an endpoint',
        )
      return judgeEvaluator(spec, model)
  }
}

/**
 * Scores a case by its own evaluators, or by those of the experiment if it has none: the mean of their scores by weight.
 * If one of them fails, the case has no score.
 */
export function casesEvaluator(
  specs: readonly EvaluatorSpec[],
  options: EvaluatorOptions = {},
): Evaluator {
  const shared = specs.map((spec) => ({ spec, evaluator: evaluatorOf(spec, options) }))
  return {
    name: specs.map(({ type }) => type).join('+') || 'of each case',
    evaluate: async (evaluated) => {
      const own = evaluated.testCase.evaluators?.map((spec) => ({
        spec,
        evaluator: evaluatorOf(spec, options),
      }))
      const chosen = own ?? shared
      if (chosen.length === 0)
        throw wrongArgument(
          `Case "${evaluated.testCase.id}" has no evaluator, nor has the experiment`,
        )
      return await weighted(chosen, evaluated)
    },
  }
}

async function weighted(
  chosen: readonly { readonly spec: EvaluatorSpec; readonly evaluator: Evaluator }[],
  evaluated: Evaluated,
): Promise<Verdict> {
  let sum = 0
  let weights = 0
  const feedback: string[] = []
  for (const { spec, evaluator } of chosen) {
    const weight = spec.weight ?? 1
    const verdict = await evaluator.evaluate(evaluated)
    sum += weight * verdict.score
    weights += weight
    if (verdict.feedback !== '') feedback.push(verdict.feedback)
  }
  return { score: sum / weights, feedback: feedback.join('; ') }
}
