import { isHoldfastError } from '../../base/errors.js'
import type { Case, Evaluator } from '../evaluation/case.js'
import type { CaseOutcome, NodeTrace } from '../search/candidate.js'
import { notScored } from '../evaluation/output-text.js'
import { isRefusedKey } from '../refused-key.js'
import type { EvaluateOptions } from '../search/search-types.js'

/** What a run of a case came to, before it is scored. */
export interface CaseAnswer {
  readonly outputs: Readonly<Record<string, unknown>>
  readonly traces: readonly NodeTrace[]
  readonly tokens: number
  readonly cost: number
  readonly seconds: number
  /** Why the run itself failed: it then has no score. */
  readonly failure?: string | undefined
}

/** Failures of a case: the run goes on. A refused key, a budget that is spent, a defect, or an interruption is not one. */
const OF_CASE = /^OPT-(?:LLM|DIFY|EVAL)-/

const NOTHING: CaseAnswer = { outputs: {}, traces: [], tokens: 0, cost: 0, seconds: 0 }

/** Runs a case and scores it. A failure is an outcome with an error, which is not a score of 0. */
export async function scoredRun(
  testCase: Case,
  evaluator: Evaluator,
  { repeat, signal }: EvaluateOptions,
  answer: () => Promise<CaseAnswer>,
): Promise<CaseOutcome> {
  const { id, inputs } = testCase
  const common = { case_id: id, inputs }
  let answered = NOTHING
  try {
    const { failure, ...rest } = await answer()
    answered = rest
    if (failure !== undefined) throw notScored(id, failure)
    const { outputs } = answered
    const { score, feedback } = await evaluator.evaluate({ outputs, testCase, repeat, signal })
    return { ...common, ...answered, score, feedback }
  } catch (error) {
    signal.throwIfAborted()
    if (!isHoldfastError(error) || !OF_CASE.test(error.code) || isRefusedKey(error)) throw error
    const { code, message } = error
    return { ...common, ...answered, error: { code, message }, feedback: message }
  }
}
