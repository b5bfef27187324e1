import { publish } from '../base/channels.js'
import { StorageError } from '../base/errors.js'
import { wrongArgument } from '../base/misuse.js'
import { kindOf, toError } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { shown } from '../base/options.js'
import { isExactTimestamp, withUtcTimes } from '../document/timestamp.js'
import type { ExportedRecords } from './exported-heads.js'
import type { PromptVersion } from './prompts/prompt-version.js'
import {
  schemaDifference,
  schemaInfoSchema,
  upgraded,
  versionOf,
  type SchemaInfo,
  type Upgrade,
} from './schema-info.js'
import type { VersionDocument } from './version-storage.js'

/** All that a storage holds as one JSON value; documents are sorted by prompt id, then by version. */
export interface VersionExport<Version extends VersionDocument = PromptVersion> {
  readonly format: typeof EXPORT_FORMAT
  /** 2 if there are `prompts`, so that a program that does not know them refuses instead of leaving them out. */
  readonly format_version: 1 | 2
  /** The schema that the documents were saved with; absent if the storage was opened without one. */
  readonly schema?: SchemaInfo | undefined
  readonly versions: readonly Version[]
  /** The times of the commits, by prompt id and version; a version that it lacks has an unknown one. */
  readonly saved_at?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
  /** What is kept of prompts beside their versions: head and history, by prompt id. Absent if there is nothing. */
  readonly prompts?: ExportedRecords | undefined
}

/** By prompt id and version; undefined if it is unknown. */
export type CommitTimes = Map<string, Map<string, string | undefined>>

export const EXPORT_FORMAT = 'holdfast-versions'

/** How the documents of an export are imported. */
interface ImportRules {
  readonly info: SchemaInfo | undefined
  readonly upgrade: Upgrade | undefined
  /** How far times without a zone are ahead of UTC, in minutes. */
  readonly utcOffsetMinutes: number
}

/**
 * The documents of an export, upgraded if its schema is of an earlier version; they are not checked against the schema
 * yet. Warns of an export with another schema.
 *
 * @throws TypeError for a value that is not an export; StorageError FS-LOAD-002 with the reason `upgrade`
 */
export function documentsOf(data: VersionExport<VersionDocument>, rules: ImportRules): unknown[] {
  checkExport(data)
  const { info, upgrade, utcOffsetMinutes } = rules
  const message = schemaDifference(data.schema, info)
  if (message !== undefined)
    publish('warning', () => ({ directory: 'memory', code: 'schema', message }))
  const from = versionOf(data.schema)
  const versions: readonly unknown[] = data.versions
  return versions.map((version) => {
    const dated = withUtcTimes(version, utcOffsetMinutes)
    return upgrade === undefined || from >= versionOf(info) ? dated : raise(dated, from, upgrade)
  })
}

/** Commit times as an export has them. */
export function savedAtOf(times: CommitTimes): NonNullable<VersionExport['saved_at']> {
  const prompts = [...times].map(([promptId, versions]) => {
    const known = [...versions].filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    )
    // fromEntries defines own properties: an id such as __proto__ is a key like any other.
    return [promptId, Object.freeze(Object.fromEntries(known))] as const
  })
  return Object.freeze(Object.fromEntries(prompts))
}

/** The commit times in an export. @throws TypeError for one that is not a time */
export function commitTimesOf({ saved_at: given }: VersionExport<VersionDocument>): CommitTimes {
  const times: CommitTimes = new Map()
  for (const [promptId, versions] of Object.entries(given ?? {})) {
    const entries = Object.entries(versions)
    const wrong = entries.find(([, time]) => !isExactTimestamp(time))
    if (wrong !== undefined)
      throw wrongArgument(
        `Field "saved_at" of the export must have ISO 8601 times in UTC with milliseconds, got ${shown(wrong[1])}`,
      )
    times.set(promptId, new Map(entries))
  }
  return times
}

function raise(version: unknown, from: number, upgrade: Upgrade): VersionDocument {
  if (typeof version !== 'object' || version === null || Array.isArray(version))
    throw wrongArgument(`Argument "data" must hold documents, got ${kindOf(version)}`)
  const document = freezeJson(version as VersionDocument)
  try {
    return upgraded(document, from, { upgrade })
  } catch (cause) {
    const { prompt_id: promptId, version: name } = document
    throw new StorageError(
      'FS-LOAD-002',
      `Cannot import version ${name} of prompt ${promptId}: its upgrade from version ${from} of the schema failed: ${toError(cause).message}`,
      {
        cause,
        context: { prompt_id: promptId, version: name, reason: 'upgrade', schema_version: from },
      },
    )
  }
}

function checkExport(given: unknown): void {
  const schema: unknown = Reflect.get(Object(given), 'schema')
  const formatVersion: unknown = Reflect.get(Object(given), 'format_version')
  const fits =
    typeof given === 'object' &&
    given !== null &&
    Reflect.get(given, 'format') === EXPORT_FORMAT &&
    (formatVersion === 1 || formatVersion === 2) &&
    Array.isArray(Reflect.get(given, 'versions')) &&
    isPlainOrAbsent(Reflect.get(given, 'saved_at')) &&
    isPlainOrAbsent(Reflect.get(given, 'prompts')) &&
    (schema === undefined || schemaInfoSchema.safeParse(schema).success)
  if (!fits)
    throw wrongArgument(`Argument "data" must be what exportData gives, got ${kindOf(given)}`)
}

/** Of objects of objects, or undefined. */
function isPlainOrAbsent(value: unknown): boolean {
  if (value === undefined) return true
  return isObject(value) && Object.values(value).every(isObject)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
