import { validRange } from 'semver'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import { isDeviceName } from '../../document/prompt-id.js'

/** Longest name of a label, in characters. */
export const LABEL_CHARACTERS_MAX = 63

/** The reference to the highest stable version, which is computed and so cannot be moved. */
export const LATEST = 'latest'

/** A slip in a version must not become a label. */
const LIKE_A_VERSION = /^v?(?:[0-9]+|x)\./

const FORM = `a lower-case letter or digit first and last, between them also ".", "_" and "-", at most ${LABEL_CHARACTERS_MAX} characters`

/**
 * Whether a value can be the name of a label, such as `production` or `eu-west.canary`: lower-case letters and digits
 * of ASCII, and `.`, `_`, `-` except at the ends; 1 to 63 characters.
 *
 * Such a name is a file name on every platform: two labels never differ in case alone, and devices of Windows (`con`,
 * `nul`, `lpt1`, also before a dot) are refused. A label is never read as a version or a range either: what `semver`
 * accepts as one (`1.4.2`, `1.x`, `v2`, `x`) or begins like one (`1.4.2.1`) is refused, and so is `latest`.
 */
export function isLabelName(value: unknown): value is string {
  return typeof value === 'string' && faultOf(value) === undefined
}

/**
 * @param where the name of the argument in the error
 * @throws TypeError that says what is wrong, and names the first character that does not fit and its position
 */
export function checkLabelName(value: unknown, where = 'label'): asserts value is string {
  if (typeof value !== 'string')
    throw wrongArgument(`Argument "${where}" must be a label, got ${shown(value)}`)
  const fault = faultOf(value)
  if (fault === undefined) return
  throw wrongArgument(
    `Argument "${where}" must be a label, got ${shown(value)}: ${fault}${hintFor(value)}`,
  )
}

/** `"P", character 1`: a character and its position, counted in code points from 1. */
export function characterAt(text: string, index: number): string {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0)
  return `${shown(character)}, character ${Array.from(text.slice(0, index)).length + 1}`
}

/** What keeps a text from being a label. */
function faultOf(text: string): string | undefined {
  if (text === '') return `it is empty; a label has ${FORM}`
  if (text.length > LABEL_CHARACTERS_MAX)
    return `it has ${text.length} characters, at most ${LABEL_CHARACTERS_MAX} are allowed`
  const index = misfitIn(text)
  if (index !== undefined) return `${characterAt(text, index)}, does not fit; a label has ${FORM}`
  if (text === LATEST) return '"latest" is reserved for the highest stable version'
  if (isDeviceName(text)) return 'Windows reserves this name for a device'
  const isNumber = validRange(text) !== null || LIKE_A_VERSION.test(text)
  return isNumber ? 'it would be read as a version or a range' : undefined
}

/** The index of the first character that a label cannot have there. */
function misfitIn(text: string): number | undefined {
  const index = text.search(/[^a-z0-9._-]/)
  if (!/^[a-z0-9]/.test(text)) return 0
  if (index >= 0) return index
  return /[a-z0-9]$/.test(text) ? undefined : text.length - 1
}

function hintFor(text: string): string {
  const meant = text.trim().replace(/^@/, '').toLowerCase().replaceAll(/[ /]+/g, '-')
  return meant !== text && isLabelName(meant) ? `; did you mean '${meant}'?` : ''
}
