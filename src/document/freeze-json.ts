import { constants } from 'node:buffer'
import { types } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { isPlainObject, kindOf } from '../base/values.js'
import { shown } from '../base/options.js'
import { formatPath, JSON_DEPTH_MAX } from './json.js'

/** Most values in one document, containers included; a part that occurs twice counts twice. */
export const JSON_VALUES_MAX = 10_000_000
/** Most characters of keys and texts in one document: no JSON text can hold more. */
const CHARACTERS_MAX = constants.MAX_STRING_LENGTH

/**
 * A deep-frozen copy of a value, provided that JSON can hold exactly this value. Properties that are `undefined` count
 * as absent.
 *
 * @param name the name of the value in errors; with the empty name, errors show only the path
 * @throws TypeError that names the place, such as `metadata.scores[3]`, for everything that JSON would drop, change or
 * refuse: undefined in arrays, functions, symbols, bigints, NaN, Infinity, -0, integers that are not safe, dates and
 * other class instances, holes, text with lone surrogates, cycles, more than 256 levels
 */
export function freezeJson<Value>(value: Value, name = ''): Value {
  // The copy has the shape of the input, or an error was thrown.
  return new Freezer(name).copy(value) as Value
}

/** A part that occurs more than once in the document, and what each further occurrence adds to it. */
interface SharedPart {
  readonly copy: object
  readonly values: number
  readonly characters: number
  readonly levels: number
}

/**
 * JSON has no shared parts: it repeats them, so forty objects, each with the previous one twice, are a trillion values.
 * They are counted as what they unfold to, but copied at most twice.
 */
class Freezer {
  readonly #name: string
  readonly #path: (string | number)[] = []
  readonly #ancestors: object[] = []
  readonly #seen = new Set<object>()
  readonly #shared = new Map<object, SharedPart>()
  #values = 0
  #characters = 0
  /** The most ancestors of any value since this was last reset. */
  #deepest = 0

  constructor(name: string) {
    this.#name = name
  }

  /** Called once for each value: what most values need is done here, without a further call. */
  copy(value: unknown): unknown {
    this.#values++
    if (typeof value === 'string') this.#characters += value.length
    if (this.#values > JSON_VALUES_MAX || this.#characters > CHARACTERS_MAX)
      throw this.#tooLarge(value)
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'string') {
      if (!value.isWellFormed()) throw this.#refusal('text without lone surrogates', value)
      return value
    }
    if (typeof value === 'number') return this.#checkNumber(value)
    if (typeof value !== 'object') throw this.#refusal('a JSON value', value)
    const shared = this.#shared.get(value)
    return shared === undefined ? this.#copyPart(value) : this.#repeat(value, shared)
  }

  #copyPart(value: object): object {
    this.#enter(value)
    const [values, characters, deepest] = [this.#values, this.#characters, this.#deepest]
    const depth = this.#ancestors.length
    this.#deepest = depth
    const copy = Object.freeze(
      Array.isArray(value) ? this.#copyArray(value) : this.#copyObject(value),
    )
    if (this.#seen.has(value)) {
      this.#shared.set(value, {
        copy,
        values: this.#values - values,
        characters: this.#characters - characters,
        levels: this.#deepest - depth + 1,
      })
    } else this.#seen.add(value)
    this.#deepest = Math.max(this.#deepest, deepest)
    this.#ancestors.pop()
    return copy
  }

  #repeat(value: object, { copy, values, characters, levels }: SharedPart): object {
    this.#values += values
    this.#characters += characters
    if (this.#values > JSON_VALUES_MAX || this.#characters > CHARACTERS_MAX)
      throw this.#tooLarge(value)
    const deepest = this.#ancestors.length + levels
    if (deepest > JSON_DEPTH_MAX) throw this.#tooDeep(value)
    this.#deepest = Math.max(this.#deepest, deepest)
    return copy
  }

  /** Integers beyond the safe ones are written as digits, which other readers treat as exact. */
  #checkNumber(value: number): number {
    if (!Number.isFinite(value) || Object.is(value, -0))
      throw this.#refusal('a finite number other than -0', value)
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21)
      throw this.#refusal('a safe integer (or text)', value)
    return value
  }

  #enter(value: object): void {
    if (this.#ancestors.includes(value)) throw this.#refusal('a value without cycles', value)
    if (this.#ancestors.length >= JSON_DEPTH_MAX) throw this.#tooDeep(value)
    this.#ancestors.push(value)
  }

  #tooLarge(value: unknown): TypeError {
    const most =
      this.#values > JSON_VALUES_MAX
        ? `${JSON_VALUES_MAX} values`
        : `${CHARACTERS_MAX} characters of keys and texts`
    return this.#refusal(`at most ${most} (shared parts count each time)`, value)
  }

  #tooDeep(value: unknown): TypeError {
    return this.#refusal(`at most ${JSON_DEPTH_MAX} levels`, value)
  }

  #copyArray(array: readonly unknown[]): unknown[] {
    // Only the prototype of a plain array is itself an array, in every realm.
    if (!Array.isArray(Object.getPrototypeOf(array))) throw this.#refusal('a plain array', array)
    const keys = Reflect.ownKeys(array)
    // All indexes, then 'length': a hole and an extra property would give the same number.
    if (keys.length !== array.length + 1 || keys.at(-1) !== 'length')
      throw this.#refusal('an array without holes and extra properties', array)
    const copy: unknown[] = []
    for (let at = 0; at < array.length; at++) {
      this.#path.push(at)
      copy.push(this.copy(array[at]))
      this.#path.pop()
    }
    return copy
  }

  #copyObject(object: object): object {
    if (!isPlainObject(object)) throw this.#refusal(`a plain object${remedyFor(object)}`, object)
    if (Object.getOwnPropertySymbols(object).length > 0)
      throw this.#refusal('an object without symbols', object)
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(object)) {
      if (item === undefined) continue
      this.#characters += key.length
      if (!key.isWellFormed()) throw this.#refusal('keys without lone surrogates', key)
      this.#path.push(key)
      const kept = this.copy(item)
      this.#path.pop()
      // Assigning to this one key would set the prototype instead of making a property.
      if (key === '__proto__') Object.defineProperty(copy, key, { value: kept, enumerable: true })
      else copy[key] = kept
    }
    return copy
  }

  #refusal(expected: string, value: unknown): TypeError {
    const place = formatPath(this.#name, this.#path)
    return wrongArgument(
      `${place === '' ? 'Value' : `Field "${place}"`} must be ${expected}, got ${isOddNumber(value) ? shown(value) : kindOf(value)}`,
    )
  }
}

/** NaN, Infinity or -0: its name says what it is, and reveals no content. */
function isOddNumber(value: unknown): boolean {
  return typeof value === 'number' && (!Number.isFinite(value) || value === 0)
}

/** How to convert the object to something that JSON holds. */
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
