import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../base/errors.js'
import { shortened } from '../base/values.js'

/**
 * OPT-FORMAT-001: what was to be imported cannot be read at all. OPT-FORMAT-002: the target of an export cannot take
 * it. OPT-FORMAT-003: the program `git` is missing or failed.
 */
export type InterchangeErrorCode = 'OPT-FORMAT-001' | 'OPT-FORMAT-002' | 'OPT-FORMAT-003'

/** Messages quote what other programs say, which may be of any length. */
const MESSAGE_MAX = 1000

/** An import or an export as a whole failed. Single items that do not fit are in its report instead. */
export class InterchangeError extends HoldfastError<InterchangeErrorCode> {
  declare readonly name: 'InterchangeError'

  constructor(code: InterchangeErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(InterchangeError, 'InterchangeError')
