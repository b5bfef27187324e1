import type { Output } from './output.js'

/**
 * Shows an object of any depth as a table of names and values: the library decides what it holds, and a new fact is
 * shown without a change here.
 */
export async function showFacts(output: Output, facts: object): Promise<void> {
  await output.table([{ title: 'Fact' }, { title: 'Value' }], flatten(facts, ''))
}

function flatten(value: object, prefix: string): readonly (readonly string[])[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const name = key.startsWith(prefix) ? words(key) : `${words(prefix)} ${words(key)}`
    if (inner === undefined) return []
    if (inner === null) return [[name, 'none']]
    if (Array.isArray(inner)) return listRows(name, inner)
    if (typeof inner === 'object') return flatten(inner, key)
    return [[name, shown(inner)]]
  })
}

function listRows(name: string, list: readonly unknown[]): readonly (readonly string[])[] {
  if (list.length === 0) return [[name, 'none']]
  return list.map((item) => [name, typeof item === 'object' ? JSON.stringify(item) : shown(item)])
}

function shown(value: unknown): string {
  if (value === true) return 'yes'
  if (value === false) return 'no'
  return typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toFixed(3)))
    : String(value)
}

/** `cacheStats` and `cache_stats` become "cache stats". */
function words(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}

/**
 * A report of Holdfast with every key in snake_case, as in the stored documents: some of its parts are objects of the
 * library, whose keys are camelCase. Not for documents of users, whose keys must not change.
 */
export function snakeCased(report: unknown): unknown {
  if (Array.isArray(report)) return report.map(snakeCased)
  if (typeof report !== 'object' || report === null) return report
  return Object.fromEntries(
    Object.entries(report).map(([key, value]) => [snakeCase(key), snakeCased(value)]),
  )
}

function snakeCase(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}
