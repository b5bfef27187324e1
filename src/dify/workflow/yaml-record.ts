/** A YAML mapping as plain data. */
export type YamlRecord = Readonly<Record<string, unknown>>

/** Whether a value is a mapping (and not a list). */
export function isRecord(value: unknown): value is YamlRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
