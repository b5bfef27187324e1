import { outOfRange } from '../../base/misuse.js'
import { isErrorNamed } from '../../base/values.js'
import { FormatError, StorageError } from '../../base/errors.js'
import type { AttemptMarks } from '../../objects/conditional-change.js'
import type { StoredObject } from '../../objects/service.js'
import { parseFileDocument, type FileDocument } from '../document.js'
import type { StoredFile } from '../backend.js'
import type { KeptVersion } from '../kept.js'

/** The document, as JSON in ASCII. */
const DOCUMENT = 'holdfast'
/** 128 random bits in hex: which store has made the object. */
const STORE_ID = 'holdfast-store'
/** The document of a kept version, in a field of its own: an object without the other one is not a file. */
const KEPT_DOCUMENT = 'kept-doc'
/** Instead of a document: the file was deleted where the service removes nothing on condition. */
const DELETED = 'deleted'

/** What the metadata of an object says. */
export type ObjectContent =
  | { readonly kind: 'file'; readonly document: FileDocument; readonly storeId: string }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'foreign'; readonly reason: string }

/**
 * The user metadata of the object that keeps a file. The object's name holds the key, so the document omits it.
 * @throws RangeError when the document is larger than the service allows
 */
export function encodeMetadata(
  document: FileDocument,
  storeId: string,
  bytesMax: number,
): Record<string, string> {
  const { key, ...rest } = document
  const text = asciiJson(rest)
  const bytes = DOCUMENT.length + STORE_ID.length + text.length + storeId.length
  if (bytes > bytesMax) {
    throw outOfRange(
      `The document of '${key}' must be at most ${bytesMax} bytes as metadata of its object, got ${bytes}; store less "metadata"`,
    )
  }
  return { [DOCUMENT]: text, [STORE_ID]: storeId }
}

/** How a change of an object is distinguished from others: by the random id of the store that made it. */
export const STORE_MARKS: AttemptMarks = {
  attemptOf: (metadata) => metadata[STORE_ID],
  deleted: (storeId) => ({ [DOCUMENT]: DELETED, [STORE_ID]: storeId }),
}

/** Of a copy of a file's object that is kept as a version; it takes no more bytes than the file's own. */
export function keptMetadata(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return { [KEPT_DOCUMENT]: metadata[DOCUMENT] ?? '', [STORE_ID]: metadata[STORE_ID] ?? '' }
}

/** The kept version that an object holds; undefined when its document is damaged. */
export function keptFile(version: KeptVersion, object: StoredObject): StoredFile | undefined {
  const { key, version: etag } = version
  const { [KEPT_DOCUMENT]: text = '', [STORE_ID]: storeId = '' } = object.metadata
  const content = decodeMetadata(key, { [DOCUMENT]: text, [STORE_ID]: storeId })
  if (content.kind !== 'file') return undefined
  const { document } = content
  const modifiedMs = Date.parse(document.updated_at)
  return { key, etag, storedBytes: object.bytes, modifiedMs, document }
}

/** Of the object that keeps the records of keys: without a document, it is not a file. */
export function keysMetadata(storeId: string): Record<string, string> {
  return { [STORE_ID]: storeId }
}

/** What the metadata of an object under `key` says. */
function decodeMetadata(key: string, metadata: Readonly<Record<string, string>>): ObjectContent {
  const text = metadata[DOCUMENT]
  const storeId = metadata[STORE_ID]
  if (text === undefined || storeId === undefined)
    return { kind: 'foreign', reason: 'it was not stored by Holdfast' }
  if (text === DELETED) return { kind: 'deleted' }
  try {
    const document = parseFileDocument({ ...(JSON.parse(text) as object), key })
    return { kind: 'file', document, storeId }
  } catch (error) {
    if (!(error instanceof FormatError) && !isErrorNamed(error, 'SyntaxError')) throw error
    return { kind: 'foreign', reason: `its document is damaged (${error.message})` }
  }
}

/** Metadata travels in headers: ASCII only, and without runs of spaces, which a proxy may collapse. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/ (?= )/g, '\\u0020')
}

/**
 * The file that an object keeps; undefined for the marker of a deleted one.
 *
 * @param foreign what to do with an object that another program has put there: fail, or leave it out
 * @throws StorageError FS-LOAD-002 for such an object
 */
export function storedFile(
  kind: 's3' | 'gcs',
  key: string,
  object: StoredObject,
  foreign: 'fail' | 'skip' = 'fail',
): StoredFile | undefined {
  const content = decodeMetadata(key, object.metadata)
  if (content.kind === 'file') {
    const { document, storeId } = content
    return {
      key,
      // S3's ETag recurs with the same bytes; Google's generation never does, and is compared without a request.
      etag: kind === 's3' ? storeId : object.version,
      storedBytes: object.bytes,
      modifiedMs: Date.parse(document.updated_at),
      document,
    }
  }
  if (content.kind === 'deleted' || foreign === 'skip') return undefined
  throw new StorageError(
    'FS-LOAD-002',
    `The object '${object.name}' is not a file: ${content.reason}`,
    {
      context: { key, name: object.name, reason: 'foreign' },
    },
  )
}
