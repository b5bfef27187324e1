/** Decimals of a number of 0.1 or more, and significant digits of a smaller one. */
const DIGITS = 6
const SMALL = 0.1

/**
 * A number as reports have it: 0.1 + 0.2 is 0.3 and not 0.30000000000000004. A whole number stays as it is. Any other is
 * rounded to six decimals, or, if it is below 0.1, to six significant digits, so that a small p-value or price is not 0.
 */
export function rounded(value: number): number {
  if (Number.isInteger(value) || !Number.isFinite(value)) return value
  return Number(Math.abs(value) < SMALL ? value.toPrecision(DIGITS) : value.toFixed(DIGITS))
}

/**
 * A value of objects and lists in which every number is rounded. Not for what users or models have written: their
 * numbers are data.
 */
export function roundedNumbers<Value>(value: Value): Value {
  return roundedIn(value) as Value
}

function roundedIn(value: unknown): unknown {
  if (typeof value === 'number') return rounded(value)
  if (Array.isArray(value)) return value.map(roundedIn)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, roundedIn(inner)]))
}
