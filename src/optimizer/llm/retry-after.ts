import { nowMs } from '../../base/clock.js'

/** A header of an answer, or null. */
type HeaderOf = (name: string) => string | null

/**
 * How long the endpoint asks to wait, in ms; undefined if it does not say, or says nonsense. `Retry-After` has seconds or
 * a date (RFC 9110, 10.2.3); `retry-after-ms` is that of some gateways.
 */
export function retryAfterMs(header: HeaderOf): number | undefined {
  const precise = header('retry-after-ms')?.trim() ?? ''
  if (DIGITS.test(precise)) return Number(precise)
  const given = header('retry-after')?.trim() ?? ''
  if (DIGITS.test(given)) return Math.ceil(Number(given) * 1000)
  const date = /^[A-Z][a-z]{2}, /.test(given) ? Date.parse(given) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs())
}

const DIGITS = /^\d{1,9}(?:\.\d{1,6})?$/
