import { types } from 'node:util'

/**
 * What a value is, from any realm. A test runner's sandbox, a `vm` context and a second copy of this package each have
 * an `Error` and a `Uint8Array` of their own, for which `instanceof` would be false.
 */

/** An error of any realm, `DOMException` included: that is what an aborted signal throws. */
export function isError(value: unknown): value is Error {
  if (types.isNativeError(value)) return true
  return (
    isObject(value) &&
    typeof Reflect.get(value, 'name') === 'string' &&
    typeof Reflect.get(value, 'message') === 'string' &&
    typeof Reflect.get(value, 'stack') === 'string'
  )
}

/** Whether it is an error with one of these names, such as `TypeError`. */
export function isErrorNamed(value: unknown, ...names: readonly string[]): value is Error {
  return isError(value) && names.includes(value.name)
}

/** The thrown value as an error: any other value becomes the message of one. */
export function toError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(String(thrown))
}

/** The `code` of an error, if it has one that is text. */
export function codeOf(value: unknown): string | undefined {
  if (!isError(value) || !('code' in value)) return undefined
  return typeof value.code === 'string' ? value.code : undefined
}

/** A `Uint8Array` of any realm; a `Buffer` is one. */
export function isBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value)
}

/** An `ArrayBuffer` of any realm. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return types.isArrayBuffer(value)
}

/** A `Date` of any realm. */
export function isDate(value: unknown): value is Date {
  return types.isDate(value)
}

/** An object with no class: its prototype is null, or the `Object.prototype` of any realm. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
  )
}

/** An object that is not a list: a mapping of YAML or an object of JSON, where values have one of these forms. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value)
}

/** A value that can be awaited. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof Reflect.get(value, 'then') === 'function'
}

/** An `AbortSignal` of any realm, or of a browser's stand-in such as jsdom. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    isObject(value) &&
    typeof Reflect.get(value, 'aborted') === 'boolean' &&
    typeof Reflect.get(value, 'addEventListener') === 'function' &&
    typeof Reflect.get(value, 'removeEventListener') === 'function'
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * The kind of a value, without its content: for user data, which must not appear in a log.
 * 'a Date', 'text', 'an array', 'a ReadStream', 'undefined'.
 */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return value.isWellFormed() ? 'text' : 'text with a lone surrogate'
  if (typeof value !== 'object') return withArticle(typeof value)
  const name = classOf(value)
  if (name === undefined || name === 'Object') return 'an object'
  return name === 'Array' ? 'an array' : withArticle(shortened(name))
}

/** Longest piece of a value that a message quotes, in UTF-16 units. */
const QUOTED_MAX = 200

/** A text that a message quotes: a long one is cut, and its rest counted. */
export function shortened(text: string, lengthMax: number = QUOTED_MAX): string {
  if (text.length <= lengthMax) return text
  // The cut may leave half of a surrogate pair, which a log could not hold.
  const begin = text.slice(0, lengthMax).toWellFormed()
  return `${begin}… (${text.length - lengthMax} more characters)`
}

function classOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null) return undefined
  const maker: unknown = Reflect.get(prototype, 'constructor')
  return typeof maker === 'function' && maker.name !== '' ? maker.name : undefined
}

function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
