import { isDeepStrictEqual } from 'node:util'
import { wrongArgument, outOfRange } from '../base/misuse.js'
import { isPromiseLike, kindOf, shortened } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { freezeUnfrozen, formatPath } from '../document/json.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptVersionSchema } from './prompts/prompt-version.js'
import { checkOwnFields } from '../document/version-file.js'
import { checkVersion, type VersionGrammar } from '../document/version-number.js'
import { shown, oneOf, rejectUnknown } from '../base/options.js'
import type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  VersionDocument,
  SaveOptions,
} from './version-storage.js'
import { VersionConflictError } from '../base/errors.js'
import type { CopiedVersion } from './version-copies.js'
import { TRANSACTION_OPERATIONS_MAX } from '../engine/commit/transaction.js'

/** The rules by which a storage accepts documents. */
export interface AcceptanceRules<Version extends VersionDocument> extends VersionGrammar {
  readonly schema: StandardSchema<Version>
}

/**
 * Returns the deep-frozen copy of a document that a storage keeps, as its schema returns it (defaults filled in). It is
 * made at once: later changes to the argument have no effect, even while the schema is still at work.
 *
 * @throws TypeError naming the field, what was expected and what was given
 */
export async function acceptVersion<Version extends VersionDocument>(
  given: unknown,
  rules: AcceptanceRules<Version>,
): Promise<Version> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrongArgument(`Argument "version" must be a document, got ${kindOf(given)}`)
  const named = given as VersionDocument
  checkPromptId(named.prompt_id, 'version.prompt_id')
  checkVersion(named.version, rules, 'version.version')
  return await shaped(freezeJson(named), rules.schema)
}

/**
 * Returns the schema's output for a frozen document, deep-frozen, too.
 * @throws TypeError naming the field that does not fit, or for an output that is not a document; what the schema throws
 */
export async function shaped<Version extends VersionDocument>(
  document: VersionDocument,
  schema: StandardSchema<Version>,
): Promise<Version> {
  const kept = freezeOutput(await conform(document, schema), document, schema)
  if (kept.prompt_id !== document.prompt_id || kept.version !== document.version)
    throw wrongArgument(
      'Option "schema" must leave the fields "prompt_id" and "version" as they are',
    )
  checkOwnFields(kept)
  return kept
}

/**
 * Our own schema returns new objects around parts of the frozen copy, so only these are walked again; other schemas may
 * return anything, so all but the copy itself is walked. The walk before the schema is needed, too: a schema may be
 * async, and may accept class instances, getters and symbols, which JSON does not hold.
 */
function freezeOutput<Version extends VersionDocument>(
  value: Version,
  document: VersionDocument,
  schema: StandardSchema<Version>,
): Version {
  if (value === document) return value
  return isOwnSchema(schema) ? freezeUnfrozen(value) : freezeJson(value)
}

function isOwnSchema(schema: unknown): boolean {
  return schema === promptVersionSchema
}

/** Returns the schema's output. @throws TypeError naming the first field that does not fit, also as its `field` */
async function conform<Output>(value: unknown, schema: StandardSchema<Output>): Promise<Output> {
  const answer = schema['~standard'].validate(value)
  const result: SchemaResult<Output> = isPromiseLike(answer) ? await answer : answer
  if (result.issues !== undefined) {
    const error = wrongArgument(describeIssues(value, result.issues, isOwnSchema(schema)))
    throw Object.assign(error, { field: formatPath('', pathOf(result.issues[0])) })
  }
  return result.value
}

/** The field that a document was refused for; undefined if it is unknown, or if it is the document as a whole. */
export function fieldOf(error: unknown): string | undefined {
  const field: unknown = Reflect.get(Object(error), 'field')
  return typeof field === 'string' && field !== '' ? field : undefined
}

/** Checks synchronously that a document fits our own schema. @throws TypeError as `conform` does */
export function checkPromptVersion(value: unknown): void {
  const { error } = promptVersionSchema.safeParse(value)
  if (error !== undefined) throw wrongArgument(describeIssues(value, error.issues, true))
}

/** @throws TypeError for a value that is not a Standard Schema */
export function checkSchema(schema: unknown): void {
  const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  const standard: unknown = isObject ? Reflect.get(schema, '~standard') : undefined
  const validate: unknown =
    typeof standard === 'object' && standard !== null
      ? Reflect.get(standard, 'validate')
      : undefined
  if (typeof validate !== 'function')
    throw wrongArgument(
      `Option "schema" must be a Standard Schema (of zod, for example), got ${shown(schema)}`,
    )
  const missing = ['prompt_id', 'version'].filter((field) => lacks(standard, field))
  if (missing.length > 0)
    throw wrongArgument(
      `Option "schema" must give documents with the fields "prompt_id" and "version", by which they are stored; its output has no ${missing.map((field) => `"${field}"`).join(' and no ')}`,
    )
}

/** Whether a schema that can describe itself as JSON Schema says that its output cannot have the field. */
function lacks(standard: unknown, field: string): boolean {
  const described = describeOutput(standard)
  if (typeof described !== 'object' || described === null) return false
  const properties: unknown = Reflect.get(described, 'properties')
  return (
    Reflect.get(described, 'additionalProperties') === false &&
    Reflect.get(described, 'patternProperties') === undefined &&
    typeof properties === 'object' &&
    properties !== null &&
    !Object.hasOwn(properties, field)
  )
}

/** By the extension "Standard JSON Schema"; undefined without it, or if JSON Schema cannot express the output. */
function describeOutput(standard: unknown): unknown {
  const converter: unknown = Reflect.get(Object(standard), 'jsonSchema')
  const output: unknown = Reflect.get(Object(converter), 'output')
  if (typeof output !== 'function') return undefined
  try {
    return Reflect.apply(output, converter, [{ target: 'draft-2020-12' }])
  } catch {
    return undefined
  }
}

/** Issues that are named; the rest are counted. */
const ISSUES_SHOWN_MAX = 3

function describeIssues(value: unknown, issues: readonly SchemaIssue[], isOurs: boolean): string {
  if (issues.length === 0) return 'The document does not fit the schema'
  const shownIssues = issues.slice(0, ISSUES_SHOWN_MAX).map((issue) => describe(value, issue))
  const others = issues.length - shownIssues.length
  const more = others === 0 ? '' : ` (and ${others} more)`
  const remedy = isOurs
    ? '. The schema of this store is that of PromptVersion, which takes what else there is in "prompt.context" and "metadata"; for other documents give the option "schema"'
    : ''
  return `${shownIssues.join('; ')}${more}${remedy}`
}

/** Names only the kind of the value that was found: prompts do not belong in a log. */
function describe(value: unknown, issue: SchemaIssue): string {
  const message = shortened(issue.message)
  const path = pathOf(issue)
  const place = path.length === 0 ? 'The document' : `Field "${formatPath('', path)}"`
  const found = valueAt(value, path)
  if (found === undefined) return `${place} is missing (${message})`
  return `${place} does not fit the schema: ${message}, got ${kindOf(found)}`
}

function pathOf(issue: SchemaIssue | undefined): readonly PropertyKey[] {
  return (issue?.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  )
}

/** A document that is to be saved. */
export interface Candidate<Version extends VersionDocument> {
  /** The accepted, frozen copy. */
  readonly version: Version
  /** Whether the caller gave `created_at`; otherwise two saves of the same content differ in it. */
  readonly isDated: boolean
  /** The copy from another storage that it is, with the time of its first commit; absent for a new version. */
  readonly copied?: CopiedVersion
}

/** The work of one save. */
export interface Candidates<Version extends VersionDocument> {
  readonly candidates: readonly Candidate<Version>[]
  readonly ifSame: IfSame
}

export type IfSame = NonNullable<SaveOptions['ifSame']>

/** Checks the documents of a save. @throws TypeError for one that does not fit; VersionConflictError for duplicates */
export async function acceptAll<Version extends VersionDocument>(
  versions: readonly unknown[],
  options: SaveOptions | undefined,
  rules: AcceptanceRules<Version>,
): Promise<Candidates<Version>> {
  if (!Array.isArray(versions))
    throw wrongArgument(`Argument "versions" must be an array, got ${kindOf(versions)}`)
  rejectUnknown(options, ['ifSame'], 'saveVersion')
  const ifSame = ifSameOption(options?.ifSame)
  const accepted = await Promise.all(versions.map(async (given) => await accept(given, rules)))
  return { candidates: withoutDuplicates(accepted, ifSame), ifSame }
}

/**
 * @param idFiles how many id files of prompts with hashed directory names are written with them
 * @throws RangeError for more versions than one transaction takes
 */
export function checkBatch(versions: readonly unknown[], idFiles = 0, places = 1): void {
  // A value that is not an array is refused with the documents.
  if (!Array.isArray(versions)) return
  const most = Math.floor((TRANSACTION_OPERATIONS_MAX - idFiles) / places)
  if (versions.length <= most) return
  const ids = idFiles === 0 ? '' : ` of ${idFiles} prompts whose long ids take a file each`
  const why = places === 1 ? ids : `${ids} in a store where each may be at ${places} places`
  throw outOfRange(
    `saveVersions takes at most ${most} versions${why}, got ${versions.length}. Save them in parts, each a transaction of its own`,
  )
}

/** @throws TypeError for any other value */
export function ifSameOption(given: unknown, byDefault: IfSame = 'refuse'): IfSame {
  return oneOf('ifSame', given, ['refuse', 'accept'], byDefault)
}

/** Whether the stored document is the one to be saved. */
export function isSameContent<Version extends VersionDocument>(
  stored: Version,
  { version, isDated }: Candidate<Version>,
): boolean {
  if (isDated) return isDeepStrictEqual(stored, version)
  return isDeepStrictEqual(
    { ...stored, created_at: undefined },
    { ...version, created_at: undefined },
  )
}

async function accept<Version extends VersionDocument>(
  given: unknown,
  rules: AcceptanceRules<Version>,
): Promise<Candidate<Version>> {
  const accepting = acceptVersion<Version>(given, rules)
  // Read now: the caller may change the argument while the schema is at work.
  const isDated = Reflect.get(Object(given), 'created_at') !== undefined
  return { version: await accepting, isDated }
}

function withoutDuplicates<Version extends VersionDocument>(
  candidates: readonly Candidate<Version>[],
  ifSame: IfSame,
): readonly Candidate<Version>[] {
  const seen = new Map<string, Candidate<Version>>()
  for (const candidate of candidates) {
    const { prompt_id: promptId, version } = candidate.version
    // A version has no blank, so this pair is unique.
    const name = `${version} ${promptId}`
    const earlier = seen.get(name)
    if (earlier !== undefined) {
      const sameContent = isSameContent(earlier.version, candidate)
      if (!sameContent || ifSame === 'refuse')
        throw new VersionConflictError(promptId, version, { sameContent })
    } else seen.set(name, candidate)
  }
  return [...seen.values()]
}
