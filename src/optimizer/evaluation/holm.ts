/**
 * Adjusts the p-values of several comparisons (S. Holm, 1979): to call those significant that are at most α keeps the
 * chance of any false one among them at α, however the comparisons depend on each other.
 *
 * @returns the adjusted values, in the given order
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues
    .map((p, at) => ({ p, at }))
    .sort((left, right) => left.p - right.p || left.at - right.at)
  const adjusted = pValues.map(() => 1)
  let highest = 0
  for (const [rank, { p, at }] of order.entries()) {
    highest = Math.max(highest, Math.min(1, p * (order.length - rank)))
    adjusted[at] = highest
  }
  return adjusted
}
