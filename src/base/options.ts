import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { RetryRule } from './retry.js'
import { outOfRange, wrongArgument } from './misuse.js'
import { shortened } from './values.js'

/** The bounds of an integer option and what it is when it is not given. */
export interface IntegerRule {
  readonly min: number
  readonly max: number
  readonly default: number
}

/** The bounds of a string option and what it is when it is not given; without a default it is required. */
export interface StringRule {
  readonly default?: string
  /** Whether '' is allowed; false by default. */
  readonly empty?: boolean
}

/**
 * Refuses what is no options object and every key that is not known. `undefined` passes for an empty object.
 *
 * @param where the call that the options belong to, such as `FileSystemStorage.open`
 * @throws TypeError naming the unknown key, and the known one that looks like it
 */
export function rejectUnknown(options: unknown, known: readonly string[], where: string): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongArgument(`Options of ${where} must be an object, got ${shown(options)}`)
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const near =
      SYNONYMS.get(key.toLowerCase())?.find((name) => known.includes(name)) ??
      nearestName(key, known)
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
    throw wrongArgument(`Unknown option "${shortened(key)}" of ${where}; ${hint}`)
  }
}

/** @throws TypeError for what is no integer, RangeError for one out of bounds */
export function integerOption(name: string, value: unknown, rule: IntegerRule): number {
  if (value === undefined) return rule.default
  const expected = `Option "${name}" must be an integer from ${rule.min} to ${rule.max}, got ${shown(value)}`
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongArgument(expected)
  if (value < rule.min || value > rule.max) throw outOfRange(expected)
  return value
}

/** @throws TypeError for what is neither true nor false */
export function booleanOption(name: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault
  if (typeof value !== 'boolean')
    throw wrongArgument(`Option "${name}" must be true or false, got ${shown(value)}`)
  return value
}

/** How often what fails for a moment (EINTR, EAGAIN, EBUSY, ESTALE) is tried, and how long is waited in between. */
export interface RetryOptions {
  /** The first attempt included. 1 to 10, default 3. */
  readonly attempts?: number | undefined
  /** Before the second attempt, in ms; doubled before each that follows, and a random part of up to a half less. 1 to
   * 60000, default 100. */
  readonly delayMs?: number | undefined
  /** The longest wait, in ms. 1 to 60000, default 1000. */
  readonly maxDelayMs?: number | undefined
}

/** The bounds of what `RetryOptions` holds. */
export const RETRY_RULES = {
  attempts: { min: 1, max: 10, default: 3 },
  delayMs: { min: 1, max: 60_000, default: 100 },
  maxDelayMs: { min: 1, max: 60_000, default: 1000 },
} as const

/** @throws TypeError or RangeError for what is neither false nor options of a retry */
export function retryOption(name: string, value: RetryOptions | false | undefined): RetryRule {
  const given: RetryOptions = value === false ? { attempts: 1 } : value === undefined ? {} : value
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Option "${name}" must be false or an object, got ${shown(value)}`)
  rejectUnknown(given, Object.keys(RETRY_RULES), `option "${name}"`)
  const part = (key: keyof RetryRule): number =>
    integerOption(`${name}.${key}`, given[key], RETRY_RULES[key])
  return Object.freeze({
    attempts: part('attempts'),
    delayMs: part('delayMs'),
    maxDelayMs: part('maxDelayMs'),
  })
}

/** @throws TypeError for what is none of the choices */
export function oneOf<Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
  byDefault: Choice,
): Choice {
  if (value === undefined) return byDefault
  const choice = choices.find((known) => known === value)
  if (choice !== undefined) return choice
  const expected = choices.map((known) => `'${known}'`).join(', ')
  throw wrongArgument(`Option "${name}" must be one of ${expected}, got ${shown(value)}`)
}

/** @throws TypeError for what is no string, is empty, holds a NUL, or is missing without a default */
export function stringOption(name: string, value: unknown, rule: StringRule = {}): string {
  const given = value === undefined ? rule.default : value
  const expected = rule.empty === true ? 'a string' : 'a non-empty string'
  if (typeof given !== 'string' || (given === '' && rule.empty !== true) || given.includes('\0'))
    throw wrongArgument(`Option "${name}" must be ${expected} without NUL, got ${shown(given)}`)
  return given
}

/**
 * The path of a directory, given as `node:fs` takes one: a string, or a `file:` URL of any realm.
 * @throws TypeError for anything else, and for a missing one
 */
export function pathOption(name: string, value: unknown): string {
  if (!isUrl(value)) return withoutScheme(name, stringOption(name, value))
  try {
    return stringOption(name, fileURLToPath(value.href))
  } catch (cause) {
    const expected = 'a path, or a "file:" URL of a directory of this machine'
    throw wrongArgument(`Option "${name}" must be ${expected}, got ${shown(value.href)}`, { cause })
  }
}

/** The text of a URL would be a relative path, with a directory `file:` in the working directory. */
function withoutScheme(name: string, path: string): string {
  if (!/^file:\/\//i.test(path)) return path
  throw wrongArgument(
    `Option "${name}" is the text of a URL; pass new URL(${shown(path)}), or a path`,
  )
}

function isUrl(value: unknown): value is URL {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'href') === 'string' &&
    typeof Reflect.get(value, 'protocol') === 'string'
  )
}

/** A function option, such as a clock. @throws TypeError for what is no function */
export function functionOption<Given extends (...values: never[]) => unknown>(
  name: string,
  value: Given | undefined,
  byDefault: Given,
): Given {
  if (value === undefined) return byDefault
  if (typeof value !== 'function')
    throw wrongArgument(`Option "${name}" must be a function, got ${shown(value)}`)
  return value
}

/** Other words for where a store is. */
const DIRECTORY_NAMES = ['storageDir', 'local_storage_path']
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map(
  ['dir', 'directory', 'path', 'root', 'folder', 'location'].map((word) => [word, DIRECTORY_NAMES]),
)

/** What came instead of what was expected: one short line, whatever it is. */
export function shown(value: unknown): string {
  const limits = { depth: 0, maxStringLength: 40, maxArrayLength: 3, breakLength: Infinity }
  // An error brings its stack.
  return shortened(inspect(value, limits).replaceAll(/\n\s*/g, ' '))
}

/** A slip of the finger is at most this many edits away from what was meant. */
const SLIP_EDITS_MAX = 3

/** The one of some names that was probably meant by a misspelt one. */
export function nearestName(key: string, known: readonly string[]): string | undefined {
  const ranked = known
    .filter((name) => Math.abs(name.length - key.length) <= SLIP_EDITS_MAX)
    .map((name) => ({ name, edits: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((left, right) => left.edits - right.edits)
  const best = ranked[0]
  return best !== undefined && best.edits <= Math.min(SLIP_EDITS_MAX, best.name.length / 2)
    ? best.name
    : undefined
}

/** Levenshtein's distance, one row at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[right.length] ?? 0
}
