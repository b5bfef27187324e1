import { constants } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { outOfRange } from '../base/misuse.js'
import { isErrorNamed, shortened } from '../base/values.js'
import { shown } from '../base/options.js'
import { FormatError } from '../base/errors.js'

/** Deepest nesting of a document. Deeper ones could be parsed, but not written back. */
export const JSON_DEPTH_MAX = 256
/** The levels of a text up to this length may be counted after it is parsed: they do no harm. */
const SHORT_BYTES = 64 * 1024

/** A JSON value, frozen. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/**
 * Parses a JSON text of UTF-8 bytes and deep-freezes the result.
 *
 * @param closing text that follows the bytes
 * @throws FormatError for bytes that are not UTF-8, not JSON, nested over 256 levels, or hold a number too big to keep
 */
export function parseJson(bytes: Uint8Array, closing = ''): JsonValue {
  if (bytes.length > SHORT_BYTES) checkDepth(bytes)
  try {
    return deepFreeze(JSON.parse(decoder.decode(bytes) + closing) as JsonValue, 0)
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw new FormatError(isErrorNamed(cause, 'SyntaxError') ? 'not JSON' : 'not UTF-8', { cause })
  }
}

/** As `parseJson`, for text that must be an object. @throws FormatError also for any other value */
export function parseJsonObject(bytes: Uint8Array, closing = ''): JsonObject {
  const value = parseJson(bytes, closing)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FormatError('not a JSON object')
  return value as JsonObject
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const

/** The bytes of a text without the mark that some editors put before it; the same bytes if there is none. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  const isMarked = BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte)
  return isMarked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
}

/** Freezes objects in place, except those already frozen. The value must be JSON. */
export function freezeUnfrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  // Frozen first, so that a child that is text or frozen needs no call.
  for (const child of Object.values(Object.freeze(value)))
    if (!Object.isFrozen(child)) freezeUnfrozen(child)
  return value
}

/** Freezes the result of `JSON.parse` in place. @throws FormatError for infinite numbers and for too many levels */
function deepFreeze(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new FormatError('a number is too big to keep')
  if (typeof value !== 'object' || value === null) return value
  if (depth === JSON_DEPTH_MAX) throw new FormatError(`nested over ${JSON_DEPTH_MAX} levels`)
  for (const child of Object.values(value)) {
    // Most are text, which needs no call.
    if (typeof child !== 'string') deepFreeze(child, depth + 1)
  }
  return Object.freeze(value)
}

/** A byte order mark is not JSON, so it must not be swallowed. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A place deeper than this is named by its first keys. */
const SHOWN_LEVELS_MAX = 20

/** `metadata.scores[3]`, `context["a b"]`. A deep path, or one with long keys, is cut: its start is where to look. */
export function formatPath(start: string, path: readonly PropertyKey[]): string {
  const whole = path.slice(0, SHOWN_LEVELS_MAX).reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (typeof key === 'symbol' || !/^[A-Za-z_$][\w$]*$/.test(key)) return `${text}[${shown(key)}]`
    return text === '' ? key : `${text}.${key}`
  }, start)
  return shortened(path.length > SHOWN_LEVELS_MAX ? `${whole}…` : whole)
}

/**
 * The JSON text of a frozen value; `undefined` where there is none.
 *
 * @throws RangeError for a text longer than a string can be
 */
export function jsonText(value: unknown, indent = 0): string | undefined {
  try {
    return JSON.stringify(value, null, indent)
  } catch (cause) {
    if (!isErrorNamed(cause, 'RangeError')) throw cause
    throw outOfRange(
      `The JSON text of a value must take at most ${constants.MAX_STRING_LENGTH} characters`,
      { cause },
    )
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** `JSON.parse` accepts millions of levels, at a high cost in memory, so they are counted before it runs. */
function checkDepth(bytes: Uint8Array): void {
  let depth = 0
  let inText = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === 0x5b || byte === 0x7b) depth++
    else if (byte === 0x5d || byte === 0x7d) depth--
    if (depth > JSON_DEPTH_MAX) throw new FormatError(`nested over ${JSON_DEPTH_MAX} levels`)
  }
}
