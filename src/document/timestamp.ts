import { shown } from '../options.js'

export interface TimestampOptions {
  /** What a time without a zone is taken to be ahead of UTC, in minutes; 0 by default: it is UTC. */
  readonly utcOffsetMinutes?: number
}

/**
 * Reads an ISO 8601 time as other programs write it (with or without zone, seconds and fractions, `T` or a blank
 * between date and time) and gives it back as stored documents have it: UTC, milliseconds, `Z`. Smaller fractions are
 * cut off.
 *
 * @throws TypeError for anything else, also for days that no month has
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
  return new Date(utc.getTime() - offset * 60_000).toISOString()
}

/** Whether a text is a time as stored documents have it: ISO 8601 in UTC, with `Z`. */
export function isTimestamp(value: unknown): value is string {
  const parts =
    typeof value === 'string'
      ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/.exec(value)
      : null
  if (parts === null) return false
  const time = new Date(`${parts[1]}Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(parts[1] ?? '')
}

const FORM = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?$/

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return zone.startsWith('-') ? -minutes : minutes
}

function refusal(text: unknown): TypeError {
  return new TypeError(`Timestamp must be an ISO 8601 date and time, got ${shown(text)}`)
}
