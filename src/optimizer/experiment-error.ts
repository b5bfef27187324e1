import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../base/errors.js'
import { shortened } from '../base/values.js'

/**
 * OPT-DATA-001: a data set cannot be read. OPT-EVAL-001: an output could not be scored. OPT-BUDGET-001: the next request
 * could exceed a budget. OPT-LEDGER-001: a ledger belongs to another run, or its entries do not fit together.
 * OPT-LEDGER-002: another process works on the same run. OPT-REPLAY-001: a replay needs an answer that was not recorded.
 * OPT-PROPOSAL-001: a model answered without a proposal.
 */
export type ExperimentErrorCode =
  | 'OPT-DATA-001'
  | 'OPT-EVAL-001'
  | 'OPT-BUDGET-001'
  | 'OPT-LEDGER-001'
  | 'OPT-LEDGER-002'
  | 'OPT-REPLAY-001'
  | 'OPT-PROPOSAL-001'

/** Messages quote data sets and answers, which may be of any length. */
const MESSAGE_MAX = 1000

/** A part of an experiment failed: its data, a score, its budget or its ledger. `context` says which. */
export class ExperimentError extends HoldfastError<ExperimentErrorCode> {
  declare readonly name: 'ExperimentError'

  constructor(code: ExperimentErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(ExperimentError, 'ExperimentError')
