import { isErrorNamed } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import type { JsonObject } from '../document/json.js'
import { FormatError } from '../document/record.js'
import {
  decodeVersionFile,
  type Alteration,
  type DecodedVersionFile,
} from '../document/version-file.js'
import { isStorageError, StorageError } from '../errors.js'
import { conform } from './accept-version.js'
import type { StandardSchema } from './standard-schema.js'
import type { VersionDocument } from './version-storage.js'

export interface ReaderRules<Version extends VersionDocument> {
  readonly schema: StandardSchema<Version>
  readonly checksums: boolean
  /** Told of a file whose content is as it was saved, though the file is not. */
  readonly onAltered?: ((path: string, altered: Alteration) => void) | undefined
}

/** Which version a file should hold, and where it lies. */
export interface Expected {
  readonly promptId: string
  readonly version: string
  readonly path: string
}

/**
 * The document in a version's file. A checksum that fits vouches for a document that was checked when it was saved;
 * a file without one was written by other hands and is checked against the schema.
 * @throws StorageError FS-LOAD-001 when the bytes are damaged, FS-LOAD-002 when they are another document's
 */
export async function readVersion<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
  rules: ReaderRules<Version>,
): Promise<Version> {
  const decoded = decode(bytes, expected)
  if (decoded.checksum === 'mismatch' && rules.checksums) {
    throw damaged(
      expected,
      'its checksum does not fit: it has changed since it was saved',
      'checksum',
    )
  }
  checkName(decoded.document, expected)
  if (decoded.altered !== undefined) rules.onAltered?.(expected.path, decoded.altered)
  if (decoded.checksum === 'valid') return decoded.document as unknown as Version
  return await conformed(decoded.document, expected, rules.schema)
}

/**
 * The same at once, for a file whose checksum fits and that holds what its name says: nearly all of them. Undefined for
 * one that needs a closer look.
 */
export function readChecked<Version extends VersionDocument>(
  bytes: Uint8Array,
  expected: Expected,
): Version | undefined {
  try {
    const { document, checksum, altered } = decodeVersionFile(bytes)
    const isAsSaved = checksum === 'valid' && altered === undefined
    const isAsNamed = isAsSaved && hasName(document, expected)
    return isAsNamed ? (document as unknown as Version) : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

/** What concerns one file only: the bytes are damaged, or are not what the name says. */
export function isDamage(error: unknown): boolean {
  return isStorageError(error, 'FS-LOAD-001') || isStorageError(error, 'FS-LOAD-002')
}

function decode(bytes: Uint8Array, expected: Expected): DecodedVersionFile {
  try {
    return decodeVersionFile(bytes)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw damaged(expected, `it is no JSON document (${cause.message})`, 'json', cause)
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
): StorageError {
  return new StorageError(
    code,
    `Cannot load version ${version} of prompt ${promptId} from ${path}: ${why}`,
    {
      ...(cause === undefined ? {} : { cause }),
      context: { path, prompt_id: promptId, version, reason },
    },
  )
}

/** A file that was copied or renamed to another version's place must not answer for it. */
function checkName(document: JsonObject, expected: Expected): void {
  if (hasName(document, expected)) return
  throw loadError(
    'FS-LOAD-002',
    expected,
    'it holds another version or prompt than its name says',
    'misplaced',
  )
}

function hasName(document: JsonObject, { promptId, version }: Expected): boolean {
  return document['prompt_id'] === promptId && document['version'] === version
}

async function conformed<Version extends VersionDocument>(
  document: JsonObject,
  expected: Expected,
  schema: StandardSchema<Version>,
): Promise<Version> {
  try {
    return freezeJson(await conform(document, schema))
  } catch (cause) {
    if (!isErrorNamed(cause, 'TypeError')) throw cause
    throw loadError('FS-LOAD-002', expected, cause.message, 'schema', cause)
  }
}
