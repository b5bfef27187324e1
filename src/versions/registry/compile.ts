import { wrongArgument } from '../../base/misuse.js'
import { booleanOption, nearestName, rejectUnknown, shown } from '../../base/options.js'
import { kindOf, shortened } from '../../base/values.js'
import { freezeJson } from '../../document/freeze-json.js'
import { jsonText } from '../../document/json.js'
import { hasIncludes } from './includes.js'
import { fill, placeholdersIn } from './placeholders.js'
import { bodyOf, textsOf, withTexts, type BodyOf, type Template } from './template.js'

/** The values of a prompt's placeholders by name. Those of Dify keep their marks: `{ '#node.field#': 'text' }`. */
export type Values = Readonly<Record<string, unknown>>

export interface CompileOptions {
  /** Whether values that the prompt has no placeholder for are ignored; they are refused by default. */
  readonly allowSurplus?: boolean
  /** Whether objects, arrays and null become their JSON text; they are refused by default. */
  readonly stringify?: boolean
}

const COMPILE_OPTIONS = ['allowSurplus', 'stringify']

/**
 * The prompt of a document with a value for each placeholder (`placeholdersOf` says what they look like). Values are
 * text, finite numbers, true and false. They are not read again: a value that looks like a placeholder stays as it is.
 *
 * Returns `{ text }` or `{ messages }`, with `config` if there is one. Roles, names and other fields of messages are
 * not templates.
 *
 * @throws TypeError that names all values that are missing, surplus or of the wrong type; for a prompt that includes
 * others, see `compose`
 */
export function compile<Document extends Template>(
  document: Document,
  values: Values = {},
  options: CompileOptions = {},
): BodyOf<Document> {
  rejectUnknown(options, COMPILE_OPTIONS, 'compile')
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw wrongArgument(`Argument "values" must be an object, got ${kindOf(values)}`)
  const body = bodyOf(document)
  const texts = textsOf(body)
  if (texts.some(hasIncludes))
    throw wrongArgument('The prompt includes others ({{> id }}): compose it first')
  const names = placeholdersIn(body).map(({ name }) => name)
  const filled = checkValues(names, values, options)
  const compiled = texts.map((text) => fill(text, (name) => filled.get(name) ?? ''))
  return withTexts(body, compiled) as BodyOf<Document>
}

/** The text for each placeholder. @throws TypeError that names everything that does not fit */
function checkValues(
  names: readonly string[],
  values: Values,
  options: CompileOptions,
): ReadonlyMap<string, string> {
  const stringify = booleanOption('stringify', options.stringify, false)
  const allowSurplus = booleanOption('allowSurplus', options.allowSurplus, false)
  const given = Object.keys(values).filter((name) => values[name] !== undefined)
  const [known, present] = [new Set(names), new Set(given)]
  const missing = names.filter((name) => !present.has(name))
  const surplus = allowSurplus ? [] : given.filter((name) => !known.has(name))
  const used = given.filter((name) => known.has(name))
  const wrong = used.filter((name) => !isPrintable(values[name], stringify))
  if (missing.length + surplus.length + wrong.length > 0)
    throw wrongArgument(
      faultsText([
        ['missing', missing.map(shownName)],
        ['surplus', surplus.map((name) => shownName(name) + meantBy(name, missing))],
        ['of the wrong type', wrong.map((name) => `${shownName(name)} (${kind(values[name])})`)],
      ]),
    )
  return new Map(used.map((name) => [name, textOf(name, values[name])]))
}

function faultsText(faults: readonly (readonly [string, readonly string[]])[]): string {
  const found = faults.filter(([, names]) => names.length > 0)
  const listed = found.map(([fault, names]) => `${fault}: ${names.join(', ')}`)
  const types = faults.at(-1)?.[1].length === 0 ? '' : `; values are ${TYPES}`
  return `The values do not fit the placeholders of the prompt; ${listed.join('; ')}${types}`
}

const TYPES =
  'text, finite numbers, true and false; with the option stringify: true also what JSON can hold'

function shownName(name: string): string {
  return shortened(JSON.stringify(name))
}

function meantBy(name: string, missing: readonly string[]): string {
  const near = nearestName(name, missing)
  return near === undefined ? '' : ` (did you mean ${shownName(near)}?)`
}

function kind(value: unknown): string {
  return typeof value === 'number' ? shown(value) : kindOf(value)
}

function isPrintable(value: unknown, stringify: boolean): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string' || typeof value === 'boolean') return true
  return typeof value === 'object' && stringify
}

/** @throws TypeError that names the place in a value that JSON cannot hold */
function textOf(name: string, value: unknown): string {
  if (typeof value !== 'object') return String(value as string | number | boolean)
  return jsonText(freezeJson(value, name)) ?? ''
}
