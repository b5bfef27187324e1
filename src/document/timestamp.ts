import { wrongArgument } from '../base/misuse.js'
import { shown, integerOption } from '../base/options.js'
import { isErrorNamed } from '../base/values.js'

export interface TimestampOptions {
  /** How far a time without a zone is ahead of UTC, in minutes; 0 by default: it is UTC. */
  readonly utcOffsetMinutes?: number
}

/**
 * Reads an ISO 8601 time as other programs write it (with or without zone, seconds and fractions, `T` or a blank
 * between date and time) and returns it in the form of stored documents: UTC, milliseconds, `Z`. Smaller fractions are
 * cut off.
 *
 * @throws TypeError for any other text, and for days that no month has
 */
export function parseTimestamp(text: string, options: TimestampOptions = {}): string {
  const parts = typeof text === 'string' ? FORM.exec(text) : null
  if (parts === null) throw refusal(text)
  const [, date, time, seconds = '00', fraction = '', zone] = parts
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  const utc = new Date(`${date}T${time}:${seconds}.${milliseconds}Z`)
  // The constructor carries 31 February over into March.
  if (Number.isNaN(utc.getTime()) || !utc.toISOString().startsWith(`${date}T${time}:${seconds}`))
    throw refusal(text)
  const offset = zone === undefined ? (options.utcOffsetMinutes ?? 0) : zoneMinutes(zone)
  const shifted = new Date(utc.getTime() - offset * 60_000).toISOString()
  // At the ends of the calendar the zone leads to a year of more than four digits.
  if (!isTimestamp(shifted)) throw refusal(text)
  return shifted
}

/** Whether a text is a time in the form of stored documents: ISO 8601 in UTC, with `Z`. */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== 'string' || !UTC_FORM.test(value)) return false
  const day = numberAt(value, 8)
  return day > 0 && day <= daysOf(numberAt(value, 0) * 100 + numberAt(value, 2), numberAt(value, 5))
}

/** Whether a text is a time as `Date.prototype.toISOString` writes those of the years 0 to 9999: texts sort as times. */
export function isExactTimestamp(value: unknown): value is string {
  return isTimestamp(value) && value.length === EXACT_LENGTH
}

export const EXACT_LENGTH: number = '2026-11-21T07:25:48.798Z'.length

/** Hours to 23, minutes and seconds to 59; days are checked below. */
const UTC_FORM = /^\d{4}-(?:0[1-9]|1[0-2])-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function numberAt(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
}

function daysOf(year: number, month: number): number {
  const leaps = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leaps ? 29 : (MONTH_DAYS[month - 1] ?? 0)
}

const FORM =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return zone.startsWith('-') ? -minutes : minutes
}

function refusal(text: unknown): TypeError {
  return wrongArgument(`Timestamp must be an ISO 8601 date and time, got ${shown(text)}`)
}

/** The times in the documents of prompts. */
const TIME_FIELDS: readonly (readonly string[])[] = [
  ['created_at'],
  ['prompt', 'extracted_at'],
  ['analysis', 'analyzed_at'],
  ['optimization_result', 'optimized_at'],
]
/** The largest offset of a time zone, in minutes. */
const OFFSET_MAX = 14 * 60

/** @throws TypeError or RangeError that names the option */
export function utcOffsetOption(given: unknown): number {
  return integerOption('utcOffsetMinutes', given, { min: -OFFSET_MAX, max: OFFSET_MAX, default: 0 })
}

/**
 * A document of another program with its times as in stored ones: in UTC, with `Z`. Those without a zone are treated as
 * `utcOffsetMinutes` ahead of UTC. A value that is not a time is left for the schema to refuse.
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
