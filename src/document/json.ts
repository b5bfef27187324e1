import { TextDecoder, types } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { isErrorNamed, isPlainObject, kindOf } from '../base/values.js'
import { shown } from '../options.js'
import { FormatError } from './record.js'

/** Deepest nesting of a document. Deeper ones could be parsed, but not be written back. */
export const JSON_DEPTH_MAX = 256
/** Most values in one document, containers included: stops objects that share parts exponentially. */
export const JSON_VALUES_MAX = 10_000_000

/** The levels of a text no longer than this may be counted once it is parsed: they do no harm. */
const SHORT_BYTES = 64 * 1024

/** A place deeper than this is named by its first keys. */
const SHOWN_PATH_MAX = 20

/** What JSON can hold, frozen. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/**
 * A deep-frozen copy of a value, provided that JSON holds exactly this value. Properties that are `undefined` count as
 * absent.
 *
 * @param name how errors call the value; the empty name leaves only the path in it
 * @throws TypeError naming the place, such as `metadata.scores[3]`, for everything that JSON would drop, change or not
 * take: undefined in arrays, functions, symbols, bigints, NaN, Infinity, -0, integers that are not safe, dates and other
 * class instances, holes, text with lone surrogates, cycles, more than 256 levels
 */
export function freezeJson<Value>(value: Value, name = ''): Value {
  // The copy has the shape of what was given, or an error was thrown.
  return new Freezer(name).copy(value) as Value
}

/**
 * Parses a JSON text of UTF-8 bytes and deep-freezes the result.
 *
 * @param closing what the text ends with after the bytes
 * @throws FormatError for bytes that are no UTF-8, no JSON, nested over 256 levels, or hold a number too big to keep
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

/** Freezes objects in place, down to those that are frozen already. The value must be JSON. */
export function freezeUnfrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const child of Object.values(value)) freezeUnfrozen(child)
  return Object.freeze(value)
}

/** Freezes what `JSON.parse` made, in place. @throws FormatError for infinite numbers and for too many levels */
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

/** A byte order mark is no JSON, so it must not be swallowed. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Freezer {
  readonly #name: string
  readonly #path: (string | number)[] = []
  readonly #ancestors: object[] = []
  #values = 0

  constructor(name: string) {
    this.#name = name
  }

  copy(value: unknown): unknown {
    if (++this.#values > JSON_VALUES_MAX)
      throw this.#refusal(`at most ${JSON_VALUES_MAX} values`, value)
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'string') {
      if (!value.isWellFormed()) throw this.#refusal('text without lone surrogates', value)
      return value
    }
    if (typeof value === 'number') return this.#checkNumber(value)
    if (typeof value !== 'object') throw this.#refusal('a JSON value', value)
    this.#enter(value)
    const copy = Array.isArray(value) ? this.#copyArray(value) : this.#copyObject(value)
    this.#ancestors.pop()
    return Object.freeze(copy)
  }

  /** Integers past the safe ones are written as digits, and other readers take those for exact. */
  #checkNumber(value: number): number {
    if (!Number.isFinite(value) || Object.is(value, -0))
      throw this.#refusal('a finite number other than -0', value)
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
      throw this.#refusal('a safe integer (or text)', value)
    return value
  }

  #enter(value: object): void {
    if (this.#ancestors.includes(value)) throw this.#refusal('a value without cycles', value)
    if (this.#ancestors.length >= JSON_DEPTH_MAX)
      throw this.#refusal(`at most ${JSON_DEPTH_MAX} levels`, value)
    this.#ancestors.push(value)
  }

  #copyArray(array: readonly unknown[]): unknown[] {
    // Only an array's own prototype is an array itself, in every realm.
    if (!Array.isArray(Object.getPrototypeOf(array))) throw this.#refusal('a plain array', array)
    const keys = Reflect.ownKeys(array)
    // All indexes, then 'length': a hole and a property more would come to the same number.
    if (keys.length !== array.length + 1 || keys.at(-1) !== 'length')
      throw this.#refusal('an array without holes and extra properties', array)
    // Not array.map: that of another realm makes arrays of that realm.
    return Array.from(array, (item, at) => this.#copyAt(at, item))
  }

  #copyObject(object: object): object {
    if (!isPlainObject(object)) throw this.#refusal(`a plain object${remedyFor(object)}`, object)
    if (Object.getOwnPropertySymbols(object).length > 0)
      throw this.#refusal('an object without symbols', object)
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(object)) {
      if (item === undefined) continue
      if (!key.isWellFormed()) throw this.#refusal('keys without lone surrogates', key)
      const kept = this.#copyAt(key, item)
      // Assigning to this one key would set the prototype instead of making a property.
      if (key === '__proto__') Object.defineProperty(copy, key, { value: kept, enumerable: true })
      else copy[key] = kept
    }
    return copy
  }

  #copyAt(key: string | number, item: unknown): unknown {
    this.#path.push(key)
    const copy = this.copy(item)
    this.#path.pop()
    return copy
  }

  #refusal(expected: string, value: unknown): TypeError {
    const cut = this.#path.length > SHOWN_PATH_MAX ? '…' : ''
    const place = formatPath(this.#name, this.#path.slice(0, SHOWN_PATH_MAX)) + cut
    return wrongArgument(
      `${place === '' ? 'Value' : `Field "${place}"`} must be ${expected}, got ${isOddNumber(value) ? shown(value) : kindOf(value)}`,
    )
  }
}

/** NaN, Infinity or -0: its name says what it is, and nothing of a content. */
function isOddNumber(value: unknown): boolean {
  return typeof value === 'number' && (!Number.isFinite(value) || value === 0)
}

/** How what JSON does not hold is made into what it does. */
function remedyFor(object: object): string {
  if (types.isDate(object)) return ' (for a Date: its toISOString())'
  if (types.isMap(object)) return ' (for a Map: Object.fromEntries(map))'
  if (types.isSet(object)) return ' (for a Set: Array.from(set))'
  if (types.isRegExp(object)) return ' (for a RegExp: its source)'
  if (types.isUint8Array(object)) return ' (for bytes: text, such as base64)'
  if (types.isPromise(object)) return ' (for a promise: what it resolves to; an await is missing)'
  if (Symbol.asyncIterator in object)
    return ' (a stream has a call of its own: storeStream(key, stream))'
  return ' (for an instance of a class: { ...instance }, or what its toJSON() gives)'
}

/** `metadata.scores[3]`, `context["a b"]`. */
export function formatPath(start: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (typeof key === 'symbol' || !/^[A-Za-z_$][\w$]*$/.test(key)) return `${text}[${shown(key)}]`
    return text === '' ? key : `${text}.${key}`
  }, start)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** `JSON.parse` takes millions of levels, at a high price in memory, so they are counted before it sees them. */
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
