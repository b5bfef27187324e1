import { compare, inc, maxSatisfying, parse, satisfies, validRange } from 'semver'
import { outOfRange, wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'

const VERSION_SUFFIX = '.json'

/** Longest version: a plain one has at most 50 characters, and a file name must have room for it in every form. */
export const VERSION_CHARACTERS_MAX = 64

/** Longest range of versions. */
const VERSION_RANGE_CHARACTERS_MAX = 256

/** The version of a prompt's first document. */
export const FIRST_VERSION = '1.0.0'

/** Which part of the number a change raises. */
export type Bump = 'major' | 'minor' | 'patch'
export const BUMPS: readonly Bump[] = ['major', 'minor', 'patch']

export interface VersionGrammar {
  /** Whether `1.0.0-beta.1` is a version; false by default. Build metadata (`+x`) never is: it has no precedence. */
  readonly allowPrerelease?: boolean
}

/**
 * What counts as a version among those stored already. `allowPrerelease` decides what may be saved; all readers see
 * what is stored, and nothing that is derived from it depends on who derives it.
 */
export const STORED_VERSIONS: VersionGrammar = Object.freeze({ allowPrerelease: true })

/**
 * Whether a value is a version: three decimal numbers without sign, blank or leading zero, each a safe integer; with
 * `allowPrerelease` also Semantic Versioning's pre-release part.
 */
export function isVersion(value: unknown, grammar: VersionGrammar = {}): value is string {
  if (typeof value !== 'string' || value.length > VERSION_CHARACTERS_MAX) return false
  if (PLAIN.test(value)) return value.length <= SURELY_SAFE || value.split('.').every(isSafeNumber)
  return grammar.allowPrerelease === true && isPrerelease(value)
}

/** @throws TypeError that says what was expected and what was given */
export function checkVersion(
  value: unknown,
  grammar: VersionGrammar = {},
  name = 'version',
): asserts value is string {
  if (isVersion(value, grammar)) return
  const prerelease = grammar.allowPrerelease === true ? ' or MAJOR.MINOR.PATCH-PRERELEASE' : ''
  const expected = `"MAJOR.MINOR.PATCH"${prerelease} of plain decimal numbers`
  throw wrongArgument(
    `Argument "${name}" must be ${expected}, got ${shown(value)}${versionHint(value, grammar)}`,
  )
}

/** What was probably meant, where that is clear. */
function versionHint(value: unknown, grammar: VersionGrammar): string {
  if (typeof value !== 'string' || value.length > VERSION_CHARACTERS_MAX) return ''
  if (grammar.allowPrerelease !== true && isPrerelease(value))
    return '; pre-releases need the option allowPrerelease: true'
  if (value === 'latest' || /^[\^~]/.test(value))
    return '; getLatestVersion(promptId) gives the latest'
  const parts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/i.exec(value)
  if (parts === null) return ''
  const meant = [parts[1], parts[2] ?? 0, parts[3] ?? 0].map(Number).join('.')
  return isVersion(meant) ? `; did you mean '${meant}'?` : ''
}

/** Whether it is a range of Semantic Versioning as in npm, such as `^1.2`, `1.x` or `>=1.0.0 <2`. */
export function isVersionRange(value: string): boolean {
  return (
    value !== '' &&
    value.trim() === value &&
    value.length <= VERSION_RANGE_CHARACTERS_MAX &&
    validRange(value) !== null
  )
}

/** The highest of the versions that are in a range; pre-releases only if the range names one. */
export function highestVersion(versions: readonly string[], range: string): string | undefined {
  return maxSatisfying(versions, range) ?? undefined
}

/** Those of the versions that are in a range, in the same order; pre-releases only if the range names one. */
export function versionsInRange(versions: readonly string[], range: string): readonly string[] {
  return versions.filter((version) => satisfies(version, range))
}

/** By semantic precedence, for `sort`: negative when `left` is lower. Both must be versions. */
export function compareVersions(left: string, right: string): number {
  if (left === right) return 0
  let at = 0
  for (; left.charCodeAt(at) === right.charCodeAt(at); at++)
    if (left.charCodeAt(at) === HYPHEN) return compare(left, right)
  // Nothing is parsed, since each search in an index compares ten times: without leading zeros, the number with more
  // digits is the greater one, and with equally many, the first digit that differs decides.
  let end = at
  while (left.charCodeAt(end) >= ZERO && right.charCodeAt(end) >= ZERO) end++
  if (left.charCodeAt(end) >= ZERO) return 1
  if (right.charCodeAt(end) >= ZERO) return -1
  // The same three numbers: a release comes after its pre-releases.
  return end > at ? left.charCodeAt(at) - right.charCodeAt(at) : right.length - left.length
}

/** Hyphen and dot come before the digits. */
const HYPHEN = 0x2d
const DOT = 0x2e
const ZERO = 0x30

/** A new array, ascending by precedence. */
export function sortVersions(versions: readonly string[]): string[] {
  return sortedByKey(versions) ?? [...versions].sort(compareVersions)
}

/**
 * Sorts numbers in place of texts, in a quarter of the time (bench/results/profiles.md): a key holds the three numbers
 * of a version and behind them its place. Undefined if a version does not fit into one.
 */
function sortedByKey(versions: readonly string[]): string[] | undefined {
  if (versions.length < KEYS_MIN || versions.length > KEY_PLACES) return undefined
  const keys = new Float64Array(versions.length)
  for (const [at, version] of versions.entries()) {
    const key = keyOf(version)
    if (key === undefined) return undefined
    keys[at] = key * KEY_PLACES + at
  }
  return Array.from(keys.sort(), (key) => versions[key % KEY_PLACES] as string)
}

/** Undefined for a pre-release, and for a number that is too large. */
function keyOf(version: string): number | undefined {
  let [key, part, dots] = [0, 0, 0]
  for (let at = 0; at < version.length; at++) {
    const digit = version.charCodeAt(at) - ZERO
    if (digit === DOT - ZERO) {
      key = key * KEY_PARTS + part
      part = 0
      dots++
    } else if (digit >= 0 && digit <= 9) part = part * 10 + digit
    else return undefined
    if (part >= KEY_PARTS) return undefined
  }
  return dots === 2 ? key * KEY_PARTS + part : undefined
}

/** Fewer are sorted as texts in no time. */
const KEYS_MIN = 16
/** Three numbers of 12 bits and a place of 17 are 53 bits: what a number holds exactly. */
const KEY_PARTS = 2 ** 12
const KEY_PLACES = 2 ** 17

/**
 * The version after `latest`; 1.0.0 when there is none. A pre-release is followed by its own release.
 *
 * @throws RangeError if a number would exceed the safe integers
 */
export function nextVersion(latest: string | undefined, bump: Bump): string {
  if (latest === undefined) return FIRST_VERSION
  const next = inc(latest, bump)
  if (!isVersion(next)) throw outOfRange(`Version ${latest} has no ${bump} version after it`)
  return next
}

/** The file name of a version. Case matters in pre-releases; on disks where it does not, upper case is escaped. */
export function versionFileName(
  version: string,
  options: { readonly foldCase?: boolean } = {},
): string {
  const name = options.foldCase === true ? version.replace(/[A-Z]/g, escapeLetter) : version
  return name + VERSION_SUFFIX
}

/** The version that a file name stands for; `undefined` for names that we never make. */
export function parseVersionFileName(
  name: string,
  options: VersionGrammar & { readonly foldCase?: boolean } = {},
): string | undefined {
  if (!name.endsWith(VERSION_SUFFIX)) return undefined
  const stem = name.slice(0, -VERSION_SUFFIX.length)
  const version = stem.replace(/%([45][0-9a-f])/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return isVersion(version, options) && versionFileName(version, options) === name
    ? version
    : undefined
}

const PLAIN = /^(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)\.(?:0|[1-9][0-9]*)$/
/** A plain version this long has no number of more than 15 digits, and those are all safe. */
const SURELY_SAFE = 19

function isSafeNumber(digits: string): boolean {
  return Number.isSafeInteger(Number(digits))
}

/** The parser accepts blanks, a `v` and build metadata, but then returns another text. */
function isPrerelease(value: string): boolean {
  const parsed = parse(value)
  // It leaves numbers beyond the safe integers as text and then compares them inexactly: two names, one precedence.
  return (
    parsed?.version === value &&
    !parsed.prerelease.some((part) => /^[0-9]+$/.test(String(part)) && !isSafeNumber(String(part)))
  )
}

function escapeLetter(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`
}
