import { captureStack } from './deep-stack.js'

/** The code of every error that reports a wrong call, not a failed operation. */
export const ARGUMENT_CODE = 'ERR_HOLDFAST_ARGUMENT'

/** For an argument of the wrong type: a `TypeError` with the code of misuse, made where it is called. */
export function wrongArgument(message: string, options?: ErrorOptions): TypeError {
  return coded(new TypeError(message, options), wrongArgument)
}

/** For an argument of the right type but out of bounds: a `RangeError` with the code of misuse. */
export function outOfRange(message: string, options?: ErrorOptions): RangeError {
  return coded(new RangeError(message, options), outOfRange)
}

/** The stack begins at the check, not here. */
function coded<Misuse extends Error>(error: Misuse, made: (message: string) => Misuse): Misuse {
  captureStack(error, made)
  return Object.assign(error, { code: ARGUMENT_CODE })
}
