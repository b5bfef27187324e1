import type { JsonValue } from '../../document/json.js'
import type { EvaluatorSpec } from './evaluator-spec.js'

/** One case of a data set: inputs of the workflow, and what is known about the right output. */
export interface Case {
  /** Unique in its data set. */
  readonly id: string
  readonly inputs: Readonly<Record<string, JsonValue>>
  /** What evaluators compare with: a text, several texts, or any value. */
  readonly expected?: JsonValue
  /** Evaluators of this case alone; they take the place of those of the experiment. */
  readonly evaluators?: readonly EvaluatorSpec[]
  readonly metadata?: Readonly<Record<string, JsonValue>>
}

/** What an evaluator is given: the outputs of a run, and the case that was run. */
export interface Evaluated {
  readonly outputs: Readonly<Record<string, unknown>>
  readonly testCase: Case
  /** Which repetition of the case it is, from 0: a judge is asked again for each. */
  readonly repeat?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A score, and why. */
export interface Verdict {
  /** From 0 to 1, higher is better. */
  readonly score: number
  /** What is missing or wrong, for the proposer of a better prompt; '' if nothing is. */
  readonly feedback: string
}

/** Scores an output. It fails where it cannot score: an error is not a score of 0. */
export interface Evaluator {
  readonly name: string
  /** @throws ExperimentError OPT-EVAL-001 when the output cannot be scored */
  evaluate(evaluated: Evaluated): Promise<Verdict>
}
