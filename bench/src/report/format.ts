/** Where a subject does not take part. */
export const NONE = '-'

/** Three digits are more than such a measurement can tell apart. */
export function integer(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 0 })
}

export function rate(value: number | undefined): string {
  return value === undefined ? NONE : `${integer(value)}/s`
}

export function times(value: number | undefined): string {
  if (value === undefined) return NONE
  return `${value >= 10 ? integer(value) : value.toFixed(value >= 1 ? 1 : 2)} x`
}

/** In the unit that suits it. */
export function duration(us: number | undefined): string {
  if (us === undefined) return NONE
  if (us >= 1e6) return `${digits(us / 1e6)} s`
  return us >= 1000 ? `${digits(us / 1000)} ms` : `${digits(us)} µs`
}

export function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? NONE : `${integer(bytes / 1024 ** 2)} MiB`
}

function digits(value: number): string {
  return value >= 100 ? integer(value) : String(Number(value.toPrecision(3)))
}

/** @param rows cells; the first column is text, the others are aligned to the right */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
