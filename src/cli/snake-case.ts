/**
 * A report of ours with every key in snake_case, as the stored documents have them: some of its parts are objects of the
 * library, whose keys are camelCase. Not for documents of users, whose keys are theirs.
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
