import { toError } from '../base/values.js'
import type { JsonObject } from '../document/json.js'
import {
  decodeVersionFile,
  type Alteration,
  type DecodedVersionFile,
} from '../document/version-file.js'
import { FormatError, StorageError, type ErrorContext } from '../base/errors.js'
import { fieldOf, shaped } from './accept-version.js'
import { upgraded, type SchemaRules } from './schema-info.js'
import { publish } from '../base/channels.js'
import { CopiedVersion } from './version-copies.js'
import type { StandardSchema, VersionDocument } from './version-storage.js'

export interface ReaderRules<Version extends VersionDocument> extends SchemaRules {
  readonly schema: StandardSchema<Version>
  /** Whether a document has to fit the schema even if its checksum is valid. */
  readonly validateOnRead: boolean
  readonly checksums: boolean
  /** Called for a file whose content is as it was saved, although its bytes are not. */
  readonly onAltered?: ((path: string, altered: Alteration) => void) | undefined
}

/** The content of a file that matches its name and its checksum. */
export interface SoundVersion extends DecodedVersionFile {
  readonly document: JsonObject & VersionDocument
}

/** Which version a file should hold, and its path. */
export interface Expected {
  readonly promptId: string
  readonly version: string
  readonly path: string
}

/**
 * The document in a version's file. A valid checksum proves that the document was checked when it was saved, with the
 * schema of that time; a file without one was written by another program and is checked against the schema.
 * @throws StorageError FS-LOAD-001 when the bytes are damaged, FS-LOAD-002 when they are another document's, or one that
 * does not fit the schema
 */
export async function readVersion<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
  rules: ReaderRules<Version>,
): Promise<Version> {
  const { document, checksum, schemaVersion } = readSound(bytes, expected, rules)
  const isOld = isToUpgrade(schemaVersion, rules)
  if (checksum === 'valid' && !isOld && !rules.validateOnRead) return document as unknown as Version
  const current = isOld ? upgradedFrom(document, schemaVersion, expected, rules) : document
  return await conformed(current, schemaVersion, expected, rules.schema)
}

/**
 * The content of a version's file, without a check against the schema.
 * @throws StorageError FS-LOAD-001 when the bytes are damaged, FS-LOAD-002 when they are another document's
 */
export function readSound<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
  rules: Pick<ReaderRules<Version>, 'checksums' | 'onAltered'>,
): SoundVersion {
  const decoded = decode(bytes, expected)
  if (decoded.checksum === 'mismatch' && rules.checksums) {
    throw damaged(
      expected,
      'its checksum does not fit: it has changed since it was saved',
      'checksum',
    )
  }
  const { document } = decoded
  if (!hasName(document, expected)) throw misplaced(expected)
  if (decoded.altered !== undefined) rules.onAltered?.(expected.path, decoded.altered)
  return { ...decoded, document }
}

/**
 * The document in a version's file for a copy to another storage: as it was saved, not upgraded. One without a valid
 * checksum is what the schema makes of it, as for any reader.
 * @param savedAt the time of its commit, if that is kept beside the text; undefined: it is in the text
 * @throws StorageError as `readVersion` does
 */
export async function readCopy<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
  rules: ReaderRules<Version>,
  savedAt?: string | null,
): Promise<CopiedVersion> {
  const sound = readSound(bytes, expected, rules)
  const { checksum, schemaVersion } = sound
  const document =
    checksum === 'valid'
      ? sound.document
      : await conformed(sound.document, schemaVersion, expected, rules.schema)
  const time = savedAt === undefined ? sound.savedAt : savedAt
  return new CopiedVersion(document, time ?? null, schemaVersion)
}

function isToUpgrade(schemaVersion: number, rules: SchemaRules): boolean {
  return rules.upgrade !== undefined && schemaVersion < rules.schemaVersion
}

/**
 * The same synchronously, for a file with a valid checksum and the version of its name that needs neither schema nor
 * upgrade: nearly all files. Undefined for one that needs further checks.
 */
export function readChecked<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
  rules: ReaderRules<Version>,
): Version | undefined {
  if (rules.validateOnRead) return undefined
  try {
    const { document, schemaVersion, checksum, altered } = decodeVersionFile(bytes)
    const isAsSaved = checksum === 'valid' && altered === undefined
    const isAsNamed = isAsSaved && hasName(document, expected)
    return isAsNamed && !isToUpgrade(schemaVersion, rules)
      ? (document as unknown as Version)
      : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** The time of the commit in a version's file; null if it is unknown, as in a damaged file. */
export function commitTimeIn(
  bytes: Uint8Array,
  { checksums }: { readonly checksums: boolean },
): string | null {
  try {
    const { savedAt, checksum } = decodeVersionFile(bytes)
    return (checksum === 'mismatch' && checksums ? undefined : savedAt) ?? null
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}

function decode(bytes: Uint8Array, expected: Expected): DecodedVersionFile {
  try {
    return decodeVersionFile(bytes)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw damaged(expected, `it is not a JSON document (${cause.message})`, 'json', cause)
  }
}

function damaged(expected: Expected, why: string, reason: string, cause?: unknown): StorageError {
  return loadError('FS-LOAD-001', expected, why, reason, cause)
}

function loadError(
  code: 'FS-LOAD-001' | 'FS-LOAD-002',
  { promptId, version, path }: Expected,
  why: string,
  reason: string,
  cause?: unknown,
  facts: ErrorContext = {},
): StorageError {
  return new StorageError(
    code,
    `Cannot load version ${version} of prompt ${promptId} from ${path}: ${why}`,
    {
      ...(cause === undefined ? {} : { cause }),
      context: { path, prompt_id: promptId, version, reason, ...facts },
    },
  )
}

/** A file that was copied or renamed to another version's path must not be returned as that version. */
function misplaced(expected: Expected): StorageError {
  const why = 'it holds another version or prompt than its name says'
  return loadError('FS-LOAD-002', expected, why, 'misplaced')
}

function hasName(
  document: JsonObject,
  { promptId, version }: Expected,
): document is JsonObject & VersionDocument {
  return document['prompt_id'] === promptId && document['version'] === version
}

function upgradedFrom(
  document: VersionDocument,
  fromVersion: number,
  expected: Expected,
  rules: SchemaRules,
): VersionDocument {
  try {
    return upgraded(document, fromVersion, rules)
  } catch (cause) {
    const why = `its upgrade from version ${fromVersion} of the schema failed: ${toError(cause).message}`
    const facts = { schema_version: fromVersion }
    throw loadError('FS-LOAD-002', expected, why, 'upgrade', cause, facts)
  }
}

async function conformed<Version extends VersionDocument>(
  document: VersionDocument,
  schemaVersion: number,
  expected: Expected,
  schema: StandardSchema<Version>,
): Promise<Version> {
  try {
    return await shaped(document, schema)
  } catch (cause) {
    const field = fieldOf(cause)
    const facts = { schema_version: schemaVersion, ...(field === undefined ? {} : { field }) }
    const why = toError(cause).message
    throw loadError('FS-LOAD-002', expected, why, 'schema', cause, facts)
  }
}

/** Says that a damaged version was left out of a list. @param directory that of the store */
export function announceDamage(directory: string, error: StorageError): void {
  const { path, reason } = error.context
  publish('corrupt', () => ({
    directory,
    path: typeof path === 'string' ? path : '',
    kind: typeof reason === 'string' ? reason : error.code,
    detail: error.message,
  }))
}
