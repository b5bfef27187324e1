/** More powers of ten than this need nothing between them. */
const FEW_DECADES = 2
const BETWEEN = [1, 2, 5]

/** Where a logarithmic axis over these values has numbers: powers of ten, and 2 and 5 times them where there are few. */
export function ticks(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)))
  const last = Math.ceil(Math.log10(Math.max(...values)))
  const steps = last - first > FEW_DECADES ? [1] : BETWEEN
  const powers = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  // Not 10 ** power: that is 0.09999... for some.
  return powers.flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
}
