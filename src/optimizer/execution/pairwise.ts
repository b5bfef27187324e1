/**
 * Combinations in which every pair of values of two dimensions occurs, by the IPO method (Lei and Tai, 1998): the first
 * two dimensions in full, then one dimension after the other, first by extending the combinations, then by adding some
 * for the pairs that are still missing. Every dimension takes part, and the same input gives the same combinations.
 *
 * @param sizes how many values each dimension has
 * @returns the index of a value for each dimension, one list for each combination
 */
export function pairwise(sizes: readonly number[]): readonly (readonly number[])[] {
  if (sizes.includes(0)) return []
  if (sizes.length < 2) return indexes(sizes[0] ?? 0).map((value) => [value])
  const [first = 0, second = 0, ...others] = sizes
  const rows: Row[] = indexes(first).flatMap((one) => indexes(second).map((two) => [one, two]))
  for (const [at, size] of others.entries()) extend(rows, at + 2, size)
  // What no pair needs is open: the first value is as good as any.
  return rows.map((row) => indexes(sizes.length).map((dimension) => row[dimension] ?? 0))
}

/** The values of the dimensions so far; `undefined` where any value would do. */
type Row = (number | undefined)[]

function extend(rows: Row[], dimension: number, size: number): void {
  const missing = new MissingPairs(dimension, size, rows)
  for (const row of rows) {
    const best = missing.bestFor(row)
    row[dimension] = best
    missing.cover(row)
  }
  for (const pair of missing.all()) {
    const { other, otherValue, value } = pair
    if (!missing.has(pair)) continue
    const open = rows.find(
      (row) => row[dimension] === value && (row[other] ?? otherValue) === otherValue,
    )
    const row = open ?? []
    row[other] = otherValue
    row[dimension] = value
    if (open === undefined) rows.push(row)
    missing.cover(row)
  }
}

interface Pair {
  readonly other: number
  readonly otherValue: number
  readonly value: number
}

/** The pairs of a new dimension with those before it that no combination has yet. */
class MissingPairs {
  readonly #dimension: number
  readonly #size: number
  readonly #pairs = new Map<string, Pair>()

  constructor(dimension: number, size: number, rows: readonly Row[]) {
    this.#dimension = dimension
    this.#size = size
    for (const other of indexes(dimension))
      for (const otherValue of new Set(rows.map((row) => row[other])))
        if (otherValue !== undefined)
          for (const value of indexes(size)) this.#add({ other, otherValue, value })
  }

  all(): readonly Pair[] {
    return [...this.#pairs.values()]
  }

  has(pair: Pair): boolean {
    return this.#pairs.has(nameOf(pair))
  }

  /** The value that covers most missing pairs with this row. */
  bestFor(row: Row): number {
    const counts = indexes(this.#size).map((value) => this.#coveredBy(row, value).length)
    return counts.indexOf(counts.reduce((most, count) => Math.max(most, count), 0))
  }

  cover(row: Row): void {
    const value = row[this.#dimension]
    if (value === undefined) return
    for (const pair of this.#coveredBy(row, value)) this.#pairs.delete(nameOf(pair))
  }

  #coveredBy(row: Row, value: number): readonly Pair[] {
    return indexes(this.#dimension).flatMap((other) => {
      const otherValue = row[other]
      const pair = otherValue === undefined ? undefined : { other, otherValue, value }
      return pair !== undefined && this.has(pair) ? [pair] : []
    })
  }

  #add(pair: Pair): void {
    this.#pairs.set(nameOf(pair), pair)
  }
}

function nameOf({ other, otherValue, value }: Pair): string {
  return `${other} ${otherValue} ${value}`
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
