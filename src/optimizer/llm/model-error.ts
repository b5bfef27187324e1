import {
  HoldfastError,
  isHoldfastError,
  nameErrors,
  type HoldfastErrorOptions,
} from '../../base/errors.js'
import { shortened } from '../../base/values.js'

/** Why a model has not answered. docs/errors.md says what to do. */
export const MODEL_ERROR_CODES = [
  'OPT-LLM-001', // a model is needed, and none is given
  'OPT-LLM-002', // the endpoint cannot be reached, or the connection broke
  'OPT-LLM-003', // no answer in time
  'OPT-LLM-004', // the endpoint refuses the request
  'OPT-LLM-005', // too many requests, or no quota left
  'OPT-LLM-006', // the endpoint failed
  'OPT-LLM-007', // the answer cannot be read
  'OPT-LLM-008', // the answer was cut
  'OPT-LLM-009', // the key is refused, or does not permit the call
] as const

export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number]

/** Endpoints answer with pages of any length. */
const MESSAGE_MAX = 500

/** A model has not answered. The context has `url`, without what may be secret, and `attempts`. */
export class ModelError extends HoldfastError<ModelErrorCode> {
  declare readonly name: 'ModelError'

  constructor(code: ModelErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, shortened(message, MESSAGE_MAX), options)
  }
}

nameErrors(ModelError, 'ModelError')

/** Whether it is a `ModelError`, of any realm and any copy of the package. */
export function isModelError(error: unknown): error is ModelError {
  return isHoldfastError(error) && error.code.startsWith('OPT-LLM-')
}
