import { performance } from 'node:perf_hooks'
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers'
import { runInNewContext } from 'node:vm'

/**
 * Time and timers of the package. Tests replace the global ones (Sinon, `vi.useFakeTimers`, `jest.useFakeTimers`), and
 * a store whose timers never fire would hang. Those of `node:timers` and `node:perf_hooks` are bound when this module
 * loads and stay real, even where the global ones were replaced before.
 *
 * One clock follows the tests on purpose: `documentTime`.
 */
export { clearInterval, clearTimeout, setInterval, setTimeout }

const RealDate = realDate()

/** The system clock, in ms since 1970, for comparisons with file times. It may be set back. */
export function nowMs(): number {
  return RealDate.now()
}

/** The time of the system clock as text, in the form of marks and indexes. */
export function nowText(): string {
  return new Date(nowMs()).toISOString()
}

/** For durations and deadlines, in ms: it never goes backwards. */
export function monotonicMs(): number {
  return performance.now()
}

/**
 * The time for documents: created, updated, deleted, expired. It comes from the global `Date`, looked up at each call,
 * so that tests that set the time see it in their documents.
 */
export function documentTime(): Date {
  return new Date()
}

/** Lets the event loop turn once: timers, sockets and other callers get their chance. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Waits that long; the process stays alive meanwhile. */
export async function sleep(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms))
}

/** Calls `work` when the current call has ended, before the event loop turns. It must not throw. */
export function soon(work: () => void): void {
  void Promise.resolve().then(work)
}

/** The longest time that a timer accepts. */
const FOREVER_MS = 2 ** 31 - 1

/** Keeps the process alive until the returned function is called. */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, FOREVER_MS)
  return () => {
    clearInterval(timer)
  }
}

/** The global `Date`, or that of a new realm if the global one was replaced before. */
function realDate(): DateConstructor {
  const isNative = Function.prototype.toString.call(Date).includes('[native code]')
  // Fakes that look native carry properties of their own, through which their clock is reached.
  const isReal = isNative && Object.keys(Date).length === 0
  return isReal ? Date : (runInNewContext('Date') as DateConstructor)
}
