import { clearTimeout, setTimeout } from '../base/clock.js'
import { StorageError } from '../base/errors.js'
import { functionOption, integerOption, rejectUnknown } from '../base/options.js'
import { isAway } from './remote-source.js'

/** How long to wait, and who is told. */
export interface FallbackOptions {
  /** How long to wait for the answer, in ms. 1 to 3600000, default 2000. */
  readonly timeoutMs?: number | undefined
  /** Receives why the fallback is used, for a log or a metric. Default: nothing does. */
  readonly onFallback?: ((error: StorageError) => void) | undefined
}

/** A value, and whether it is the fallback. */
export type WithFallback<Value, Fallback> =
  | { readonly value: Value; readonly isFallback: false }
  | { readonly value: Fallback; readonly isFallback: true; readonly error: StorageError }

/**
 * What `read` returns, or the fallback if the server cannot be reached or does not answer in time. Other failures are
 * thrown: a fallback must not hide a wrong token or a damaged document. The result says which of the two it is.
 *
 * @example
 * const { value, isFallback } = await withFallback(
 *   async () => await registry.get('greeting', '@production'),
 *   { prompt: { text: 'Hello' } },
 * )
 * @throws TypeError, RangeError for wrong options; what `read` throws
 */
export async function withFallback<Value, Fallback>(
  read: () => Promise<Value>,
  fallback: Fallback,
  options: FallbackOptions = {},
): Promise<WithFallback<Value, Fallback>> {
  rejectUnknown(options, ['timeoutMs', 'onFallback'], 'withFallback')
  const rule = { min: 1, max: 3_600_000, default: 2000 }
  const timeoutMs = integerOption('timeoutMs', options.timeoutMs, rule)
  const onFallback = functionOption('onFallback', options.onFallback, () => undefined)
  try {
    return { value: await inTime(read, timeoutMs), isFallback: false }
  } catch (error) {
    if (!isAway(error)) throw error
    onFallback(error)
    return { value: fallback, isFallback: true, error }
  }
}

async function inTime<Value>(read: () => Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const context = { outcome: 'none', timeout_ms: timeoutMs } as const
      reject(new StorageError('FS-TIMEOUT-001', `No answer in ${timeoutMs} ms`, { context }))
    }, timeoutMs)
  })
  try {
    return await Promise.race([read(), late])
  } finally {
    clearTimeout(timer)
  }
}
