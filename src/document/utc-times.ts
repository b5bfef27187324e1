import { isErrorNamed } from '../base/values.js'
import { integerOption } from '../base/options.js'
import { isTimestamp, parseTimestamp } from './timestamp.js'

/** Where the documents of prompts hold times. */
const TIME_FIELDS: readonly (readonly string[])[] = [
  ['created_at'],
  ['prompt', 'extracted_at'],
  ['analysis', 'analyzed_at'],
  ['optimization_result', 'optimized_at'],
]
/** Of the zones that there are, in minutes. */
const OFFSET_MAX = 14 * 60

/** @throws TypeError or RangeError that names the option */
export function utcOffsetOption(given: unknown): number {
  return integerOption('utcOffsetMinutes', given, { min: -OFFSET_MAX, max: OFFSET_MAX, default: 0 })
}

/**
 * A document of another program as stored ones are: its times are in UTC, with `Z`. Those without a zone are taken to be
 * `utcOffsetMinutes` ahead of UTC. What is no time is left for the schema to refuse.
 */
export function withUtcTimes(document: unknown, utcOffsetMinutes: number): unknown {
  let changed = document
  for (const path of TIME_FIELDS) changed = mapField(changed, path, utcOffsetMinutes)
  return changed
}

function mapField(value: unknown, path: readonly string[], utcOffsetMinutes: number): unknown {
  const [name, ...rest] = path
  if (name === undefined) return inUtc(value, utcOffsetMinutes)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value
  const before: unknown = Reflect.get(value, name)
  const after = mapField(before, rest, utcOffsetMinutes)
  return after === before ? value : { ...value, [name]: after }
}

function inUtc(value: unknown, utcOffsetMinutes: number): unknown {
  if (typeof value !== 'string' || isTimestamp(value)) return value
  try {
    return parseTimestamp(value, { utcOffsetMinutes })
  } catch (error) {
    if (isErrorNamed(error, 'TypeError')) return value
    throw error
  }
}
