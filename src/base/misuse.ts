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

/** How many frames V8 keeps by default: fewer than there are between a call and the check that refuses it. */
const FRAMES_BY_DEFAULT = 10
const FRAMES = 50

/**
 * Gives an error the current stack, from the function or class `made` outwards, deep enough to include the caller's own
 * line. A program that asks for shorter stacks than V8's default gets them.
 */
export function captureStack(error: Error, made: object): void {
  const limit = Error.stackTraceLimit
  const isShort = !(limit >= FRAMES_BY_DEFAULT)
  // Where the built-in objects are frozen, the limit stays as it is.
  const isRaised = !isShort && Reflect.set(Error, 'stackTraceLimit', Math.max(limit, FRAMES))
  Error.captureStackTrace(error, made as (...given: never[]) => unknown)
  if (isRaised) Reflect.set(Error, 'stackTraceLimit', limit)
}
