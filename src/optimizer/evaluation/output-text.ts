import { shown } from '../../base/options.js'
import { ExperimentError } from '../experiment-error.js'
import type { Evaluated } from './case.js'

/** Where the text of an answer is, if a run has several outputs and none is named. */
const USUAL_OUTPUTS = ['text', 'answer', 'result', 'output'] as const

/**
 * The output that is scored, as text; a value that is not a text is its JSON.
 * @throws ExperimentError OPT-EVAL-001 when the run has no such output
 */
export function outputText({ outputs, testCase }: Evaluated, name: string | undefined): string {
  const names = Object.keys(outputs)
  const chosen =
    name ??
    (names.length === 1 ? names[0] : USUAL_OUTPUTS.find((each) => Object.hasOwn(outputs, each)))
  const value = chosen === undefined ? undefined : outputs[chosen]
  if (value === undefined || value === null) {
    const wanted = name === undefined ? 'one output' : `output ${shown(name)}`
    throw notScored(testCase.id, `the run has no ${wanted}; it has ${shown(names)}`)
  }
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a case expects, as texts. @throws ExperimentError OPT-EVAL-001 when it expects nothing */
export function expectedTexts({ testCase }: Evaluated): readonly string[] {
  const { expected } = testCase
  if (expected === undefined || expected === null)
    throw notScored(testCase.id, 'the case has no expected output')
  const values: readonly unknown[] = Array.isArray(expected) ? expected : [expected]
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
}

/** The error of an output that could not be scored. */
export function notScored(caseId: string, reason: string, cause?: unknown): ExperimentError {
  return new ExperimentError('OPT-EVAL-001', `Case ${shown(caseId)} cannot be scored: ${reason}`, {
    context: { case_id: caseId, reason },
    ...(cause === undefined ? {} : { cause }),
  })
}
