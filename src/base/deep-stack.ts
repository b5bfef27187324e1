/** What V8 keeps of a stack by default: fewer frames than lie between a call and the check deep inside that refuses it. */
const FRAMES_BY_DEFAULT = 10
const FRAMES = 50

/**
 * Gives an error the stack of this moment, from the function or class `made` outwards and deep enough that the caller's own line is in it. A
 * program that asks for shorter stacks than V8's default gets what it asks for.
 */
export function captureStack(error: Error, made: object): void {
  const limit = Error.stackTraceLimit
  const isShort = !(limit >= FRAMES_BY_DEFAULT)
  // Where the built-in objects are frozen, the limit stays as it is.
  const isRaised = !isShort && Reflect.set(Error, 'stackTraceLimit', Math.max(limit, FRAMES))
  Error.captureStackTrace(error, made as (...given: never[]) => unknown)
  if (isRaised) Reflect.set(Error, 'stackTraceLimit', limit)
}
