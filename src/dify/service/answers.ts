/** Reads values of the service's answers, whose form another program decides. */

export type AnswerRecord = Readonly<Record<string, unknown>>

const NONE: AnswerRecord = Object.freeze({})

/** The value as a mapping; an empty one for anything else. */
export function recordOf(value: unknown): AnswerRecord {
  return isMapping(value) ? value : NONE
}

/** As `recordOf`, for what some versions of Dify write as JSON in a text. */
export function jsonRecordOf(value: unknown): AnswerRecord {
  if (typeof value !== 'string') return recordOf(value)
  try {
    return recordOf(JSON.parse(value))
  } catch {
    // Not JSON: the same as a missing mapping.
    return NONE
  }
}

/** The items of a list; none for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A finite number that is not negative; 0 for anything else. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}

function isMapping(value: unknown): value is AnswerRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
