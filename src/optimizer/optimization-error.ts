import { HoldfastError, nameErrors, type HoldfastErrorOptions } from '../base/errors.js'
import { shortened } from '../base/values.js'

/** Why nothing was optimized. docs/errors.md says what to do. */
export const OPTIMIZATION_ERROR_CODES = [
  'OPT-OPT-001', // the strategy is unknown
  'OPT-OPT-002', // the prompt cannot be optimized as one text
  'OPT-SVC-001', // every prompt that needed it failed
] as const

export type OptimizationErrorCode = (typeof OPTIMIZATION_ERROR_CODES)[number]

const MESSAGE_MAX = 500

/** An optimization failed. */
export class OptimizationError extends HoldfastError<OptimizationErrorCode> {
  declare readonly name: 'OptimizationError'

  constructor(code: OptimizationErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(OptimizationError, 'OptimizationError')
