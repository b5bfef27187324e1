import { clearTimeout, setTimeout } from '../base/clock.js'
import { CliError } from './errors.js'

/** The shortest time between two looks: a store is read in full for each. */
const INTERVAL_MS_MIN = 100
const INTERVAL_MS_MAX = 3_600_000

/** The time between two looks, by default. */
export const INTERVAL_MS = 2000

/** @throws CliError for a time that is too short or too long */
export function checkInterval(intervalMs: number): void {
  if (intervalMs < INTERVAL_MS_MIN || intervalMs > INTERVAL_MS_MAX)
    throw new CliError(
      'CLI-USAGE-001',
      `--interval-ms must be from ${INTERVAL_MS_MIN} to ${INTERVAL_MS_MAX}, got ${intervalMs}`,
    )
}

/** Does a piece of work again and again, that long after its end, until one of the signals. */
export async function every(
  intervalMs: number,
  signals: readonly AbortSignal[],
  work: () => Promise<void>,
): Promise<void> {
  const signal = AbortSignal.any([...signals])
  while (!signal.aborted) {
    await work()
    await waitUnless(signal, intervalMs)
  }
}

/** Resolves after that time, or when the signal comes. */
export async function waitUnless(signal: AbortSignal, waitMs: number): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, waitMs)
    signal.addEventListener('abort', done, { once: true })
  })
}
