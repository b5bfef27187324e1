import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import {
  option,
  resolveOptions,
  type Check,
  type OptionTable,
  type Resolved,
} from './option-table.js'
import type { RetryRule } from './retry.js'
import { outOfRange, wrongArgument } from './misuse.js'
import { kindOf, shortened } from './values.js'

/** The bounds of an integer option, and its default. */
export interface IntegerRule {
  readonly min: number
  readonly max: number
  readonly default: number
}

/** The bounds of a string option, and its default; without a default it is required. */
export interface StringRule {
  readonly default?: string
  /** Whether '' is allowed; false by default. */
  readonly empty?: boolean
}

/**
 * Refuses a value that is not an options object, and every unknown key. `undefined` counts as an empty object.
 *
 * @param where the call that the options belong to, such as `FileSystemStorage.open`
 * @param meant the options that a misspelt key may have meant: all by default
 * @throws TypeError that names the unknown key, and the known one most like it
 */
export function rejectUnknown(
  options: unknown,
  known: readonly string[],
  where: string,
  meant: (key: string) => readonly string[] = () => known,
): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongArgument(`Options of ${where} must be an object, got ${shown(options)}`)
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const names = meant(key)
    const near =
      SYNONYMS.get(key.toLowerCase())?.find((name) => names.includes(name)) ??
      nearestName(key, names)
    const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean "${near}"?`
    throw wrongArgument(`Unknown option "${shortened(key)}" of ${where}; ${hint}`)
  }
}

/** @throws TypeError for a value that is not an integer, RangeError for one out of bounds */
export function integerOption(name: string, value: unknown, rule: IntegerRule): number {
  return value === undefined ? rule.default : integer(rule.min, rule.max)(name, value)
}

export function integer(min: number, max: number): Check<number> {
  return (name, given) => inBounds(name, given, { min, max, kind: 'an integer' })
}

/** Fractions are allowed. */
export function number(min: number, max: number): Check<number> {
  return (name, given) => inBounds(name, given, { min, max, kind: 'a number' })
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly kind: 'an integer' | 'a number'
}

function inBounds(name: string, given: unknown, { min, max, kind }: Bounds): number {
  const expected = `Option "${name}" must be ${kind} from ${min} to ${max}, got ${shown(given)}`
  const fits = kind === 'an integer' ? Number.isInteger(given) : Number.isFinite(given)
  if (typeof given !== 'number' || !fits) throw wrongArgument(expected)
  if (given < min || given > max) throw outOfRange(expected)
  return given
}

/** @throws TypeError for a value other than true and false */
export function booleanOption(name: string, value: unknown, byDefault: boolean): boolean {
  return value === undefined ? byDefault : flag(name, value)
}

export function flag(name: string, given: unknown): boolean {
  if (typeof given === 'boolean') return given
  throw wrongArgument(`Option "${name}" must be true or false, got ${shown(given)}`)
}

/** How often a call is attempted that fails temporarily (EINTR, EAGAIN, EBUSY, ESTALE), and the wait in between. */
export interface RetryOptions {
  /** Including the first attempt. 1 to 10, default 3. */
  readonly attempts?: number | undefined
  /** The wait before the second attempt, in ms; doubled before each further one, less a random part of up to a half.
   * 1 to 60000, default 100. */
  readonly delayMs?: number | undefined
  /** The longest wait, in ms. 1 to 60000, default 1000. */
  readonly maxDelayMs?: number | undefined
}

export const RETRY_ATTEMPTS_MAX = 10

export const RETRY_OPTIONS: OptionTable<Resolved<RetryOptions>> = {
  attempts: option(3, integer(1, RETRY_ATTEMPTS_MAX)),
  delayMs: option(100, integer(1, 60_000)),
  maxDelayMs: option(1000, integer(1, 60_000)),
}

/** @throws TypeError or RangeError for a value that is neither false nor retry options */
export function retryOption(name: string, value: unknown): RetryRule {
  const given: unknown = value === false ? { attempts: 1 } : value === undefined ? {} : value
  if (typeof given !== 'object' || given === null)
    throw wrongArgument(`Option "${name}" must be false or an object, got ${shown(value)}`)
  rejectUnknown(given, Object.keys(RETRY_OPTIONS), `option "${name}"`)
  return Object.freeze(resolveOptions(RETRY_OPTIONS, given, (part) => `${name}.${part}`))
}

/** @throws TypeError for a value that is not among the choices */
export function oneOf<Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
  byDefault: Choice,
): Choice {
  return value === undefined ? byDefault : choice(choices)(name, value)
}

export function choice<const Choice extends string>(choices: readonly Choice[]): Check<Choice> {
  return (name, given) => {
    const chosen = choices.find((known) => known === given)
    if (chosen !== undefined) return chosen
    const expected = choices.map((known) => `'${known}'`).join(', ')
    throw wrongArgument(`Option "${name}" must be one of ${expected}, got ${shown(given)}`)
  }
}

/** @throws TypeError for a value that is not a string, is empty, holds a NUL, or is missing without a default */
export function stringOption(name: string, value: unknown, rule: StringRule = {}): string {
  const given = value === undefined ? rule.default : value
  const expected = rule.empty === true ? 'a string' : 'a non-empty string'
  if (typeof given !== 'string' || (given === '' && rule.empty !== true) || given.includes('\0'))
    throw wrongArgument(`Option "${name}" must be ${expected} without NUL, got ${shown(given)}`)
  return given
}

/** A string of at least one character. */
export function text(name: string, given: unknown): string {
  return stringOption(name, given)
}

/** As `text`, for a value that no message may show. */
export function secret(name: string, given: unknown): string {
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return given
  throw wrongArgument(
    `Option "${name}" must be a non-empty string without NUL, got ${kindOf(given)}`,
  )
}

/**
 * The path of a directory, in a form that `node:fs` accepts: a string, or a `file:` URL of any realm.
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

/** A function option, such as a clock. @throws TypeError for a value that is not a function */
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

/** Other names of options, in lower case. */
const DIRECTORY_NAMES = ['storageDir', 'local_storage_path']
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['dir', DIRECTORY_NAMES],
  ['directory', DIRECTORY_NAMES],
  ['path', DIRECTORY_NAMES],
  ['root', DIRECTORY_NAMES],
  ['folder', DIRECTORY_NAMES],
  ['location', DIRECTORY_NAMES],
  ['localstoragepath', DIRECTORY_NAMES],
  ['storage_dir', DIRECTORY_NAMES],
  ['enablecache', ['useCache']],
  ['use_cache', ['enable_cache']],
  ['maxcachesizemb', ['cacheBytes']],
  ['cache_bytes', ['max_cache_size_mb']],
  ['chunksize', ['chunkBytes']],
  ['chunk_bytes', ['chunk_size']],
])

/** The given value, for an error message: one short line, whatever it is. */
export function shown(value: unknown): string {
  const limits = { depth: 0, maxStringLength: 40, maxArrayLength: 3, breakLength: Infinity }
  // The text of an error includes its stack.
  return shortened(inspect(value, limits).replaceAll(/\n\s*/g, ' '))
}

/** A typo is at most this many edits away from the intended name. */
const SLIP_EDITS_MAX = 3

/** The known name that a misspelt one probably means. */
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

/** Levenshtein distance, one row at a time. */
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
