import { monotonicMs, nextTurn } from './clock.js'

/** How long a loop of answers from memory may run before one of them waits for a turn of the event loop. */
const WITHOUT_TURN_MS_MAX = 2

/** After this time, the event loop has turned or the clock was replaced: nothing is due. */
const FORGOTTEN_AFTER_MS = 1000

/** When the first answer since the last turn was given; undefined if there was none. */
let sinceMs: number | undefined

/**
 * Returns an answer that needed no thread and no timer, nearly always at once. After some milliseconds of nothing but
 * such answers, it waits for a turn of the event loop: promises settle before timers, sockets and all other callers get
 * their chance, so a loop of such answers would keep them waiting until it ends.
 */
export function inTurn<Answer>(answer: Answer): Promise<Answer> {
  return dueTurn()?.then(() => answer) ?? Promise.resolve(answer)
}

/**
 * The turn of the event loop to wait for before the next piece of work; undefined if none is due. A loop that has much
 * to do calls it after each millisecond or so of work.
 */
export function dueTurn(): Promise<void> | undefined {
  const now = monotonicMs()
  const elapsedMs = sinceMs === undefined ? FORGOTTEN_AFTER_MS : now - sinceMs
  if (elapsedMs < 0 || elapsedMs >= FORGOTTEN_AFTER_MS) {
    sinceMs = now
    void nextTurn().then(forget)
    return undefined
  }
  return elapsedMs < WITHOUT_TURN_MS_MAX ? undefined : nextTurn().then(forget)
}

function forget(): void {
  sinceMs = undefined
}
