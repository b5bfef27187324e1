import { isPromiseLike } from '../base/values.js'
import { freezeJson, freezeUnfrozen, formatPath } from '../document/json.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptVersionSchema } from '../document/prompt-version.js'
import { CHECKSUM_FIELD } from '../document/version-file.js'
import { checkVersion, type VersionGrammar } from '../document/version-number.js'
import { shown } from '../options.js'
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js'
import type { VersionDocument } from './version-storage.js'

/** What a storage takes for a document. */
export interface AcceptanceRules<Version extends VersionDocument> extends VersionGrammar {
  readonly schema: StandardSchema<Version>
}

/**
 * The deep-frozen copy of a document that a storage keeps, as its schema gives it (defaults filled in). The copy is made
 * at once: what the caller does to the argument afterwards changes nothing, even while the schema is still at work.
 *
 * @throws TypeError naming the field, what was expected and what came
 */
export async function acceptVersion<Version extends VersionDocument>(
  given: Version,
  rules: AcceptanceRules<Version>,
): Promise<Version> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new TypeError(`Argument "version" must be a document, got ${shown(given)}`)
  checkPromptId(given.prompt_id, 'version.prompt_id')
  checkVersion(given.version, rules, 'version.version')
  const copy = freezeJson(given)
  const kept = freezeOutput(await conform(copy, rules.schema), rules.schema)
  if (kept.prompt_id !== copy.prompt_id || kept.version !== copy.version)
    throw new TypeError(
      'Option "schema" must leave the fields "prompt_id" and "version" as they are',
    )
  if (Object.hasOwn(kept, CHECKSUM_FIELD))
    throw new TypeError(`Field "${CHECKSUM_FIELD}" must be absent: the storage writes its own`)
  return kept
}

/** Our own schema gives new objects around parts of the frozen copy: they need no second copy. */
function freezeOutput<Output>(value: Output, schema: StandardSchema<Output>): Output {
  return (schema as unknown) === promptVersionSchema ? freezeUnfrozen(value) : freezeJson(value)
}

/** The value as a schema gives it. @throws TypeError naming the first field that does not fit */
export async function conform<Output>(
  value: unknown,
  schema: StandardSchema<Output>,
): Promise<Output> {
  const answer = schema['~standard'].validate(value)
  const result: SchemaResult<Output> = isPromiseLike(answer) ? await answer : answer
  if (result.issues !== undefined) throw new TypeError(describeIssues(value, result.issues))
  return result.value
}

/** @throws TypeError for what has not the form of a Standard Schema */
export function checkSchema(schema: unknown): void {
  const isObject = (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  const standard: unknown = isObject ? Reflect.get(schema, '~standard') : undefined
  const validate: unknown =
    typeof standard === 'object' && standard !== null
      ? Reflect.get(standard, 'validate')
      : undefined
  if (typeof validate !== 'function')
    throw new TypeError(
      `Option "schema" must be a Standard Schema (of zod, for example), got ${shown(schema)}`,
    )
}

function describeIssues(value: unknown, issues: readonly SchemaIssue[]): string {
  const [first] = issues
  if (first === undefined) return 'Document does not fit the schema'
  const path = (first.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))
  const place = path.length === 0 ? 'Document' : `Field "${formatPath('', path)}"`
  const others = issues.length === 1 ? '' : ` (and ${issues.length - 1} more)`
  return `${place} does not fit the schema: ${first.message}, got ${shown(valueAt(value, path))}${others}`
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  )
}
