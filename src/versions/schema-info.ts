import { z } from 'zod'
import { wrongArgument } from '../base/misuse.js'
import { isPromiseLike, kindOf } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { SCHEMA_VERSION_FIRST, SCHEMA_VERSION_MAX } from '../document/version-file.js'
import {
  functionOption,
  integerOption,
  rejectUnknown,
  shown,
  stringOption,
} from '../base/options.js'
import type { VersionDocument } from './version-storage.js'

/** The schema that documents are saved with. */
export interface SchemaInfo {
  /** 1 to 200 characters, the same for all versions of a schema. */
  readonly name: string
  /** An integer from 1 to 999,999,999; raised when earlier documents no longer fit, or mean something else. */
  readonly version: number
}

/** A document as it was saved with an earlier version of the schema. */
export type EarlierDocument = VersionDocument & Readonly<Record<string, unknown>>

/**
 * Turns a document of an earlier version of the schema into one of the current version. Called with the frozen document
 * at each read from the disk; returns a new document with the same `prompt_id` and `version`; must not be async.
 */
export type Upgrade = (document: EarlierDocument, fromVersion: number) => object

/** How documents of earlier versions of the schema are read. */
export interface SchemaRules {
  /** Version of the schema that documents are read and saved with. */
  readonly schemaVersion: number
  readonly upgrade: Upgrade | undefined
}

const NAME_CHARACTERS_MAX = 200

/** Its form in a mark or an export. */
export const schemaInfoSchema: z.ZodType<SchemaInfo> = z.object({
  name: z.string().min(1).max(NAME_CHARACTERS_MAX),
  version: z.int().min(SCHEMA_VERSION_FIRST).max(SCHEMA_VERSION_MAX),
})

/** @throws TypeError or RangeError that names what is wrong */
export function schemaInfoOption(given: SchemaInfo | undefined): SchemaInfo | undefined {
  if (given === undefined) return undefined
  rejectUnknown(given, ['name', 'version'], 'schemaInfo')
  const name = stringOption('schemaInfo.name', given.name)
  if (name.length > NAME_CHARACTERS_MAX || !name.isWellFormed())
    throw wrongArgument(
      `Option "schemaInfo.name" must be well-formed text of at most ${NAME_CHARACTERS_MAX} characters, got ${shown(name)}`,
    )
  if (given.version === undefined) throw wrongArgument('Option "schemaInfo.version" is missing')
  const rule = { min: SCHEMA_VERSION_FIRST, max: SCHEMA_VERSION_MAX, default: SCHEMA_VERSION_FIRST }
  return Object.freeze({ name, version: integerOption('schemaInfo.version', given.version, rule) })
}

/** @throws TypeError for a value that is not a function, and for one without the version that it upgrades to */
export function upgradeOption(
  given: Upgrade | undefined,
  info: SchemaInfo | undefined,
): Upgrade | undefined {
  if (given === undefined) return undefined
  if (info === undefined)
    throw wrongArgument(
      'Option "upgrade" needs the option "schemaInfo", which says what version it upgrades to',
    )
  return functionOption('upgrade', given, given)
}

/** The version that documents are saved as: the first, if the program names none. */
export function versionOf(info: SchemaInfo | undefined): number {
  return info?.version ?? SCHEMA_VERSION_FIRST
}

/**
 * Returns a frozen copy of the upgraded document, not checked against the schema yet.
 * @throws TypeError for a result that is not a document of the same name, and what the upgrade throws
 */
export function upgraded(
  document: VersionDocument,
  fromVersion: number,
  { upgrade }: Pick<SchemaRules, 'upgrade'>,
): VersionDocument {
  const made: unknown = upgrade?.(document as EarlierDocument, fromVersion)
  if (isPromiseLike(made)) {
    // Refused here, whether it resolves or rejects.
    made.then(undefined, () => undefined)
    throw wrongArgument(
      'Option "upgrade" must give a document, got a promise: it must not be async',
    )
  }
  if (typeof made !== 'object' || made === null || Array.isArray(made))
    throw wrongArgument(`Option "upgrade" must give a document, got ${kindOf(made)}`)
  const copy = freezeJson(made as VersionDocument)
  if (copy.prompt_id !== document.prompt_id || copy.version !== document.version)
    throw wrongArgument(
      'Option "upgrade" must leave the fields "prompt_id" and "version" as they are',
    )
  return copy
}

/** Why the schema of a store does not match that of the program; undefined if it does. */
export function schemaDifference(
  stored: SchemaInfo | undefined,
  asked: SchemaInfo | undefined,
): string | undefined {
  if (stored === undefined || asked === undefined) return undefined
  if (stored.name === asked.name && stored.version <= asked.version) return undefined
  return `The documents are of schema ${describe(stored)}, and this program has ${describe(asked)}: what it reads may not be what it expects`
}

export function describe({ name, version }: SchemaInfo): string {
  return `${JSON.stringify(name)}, version ${version}`
}
