import { outOfRange } from '../../base/misuse.js'
import { checksumOf } from '../../document/checksum.js'
import { parseJsonObject, withoutByteOrderMark } from '../../document/json.js'
import { FormatError, StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import type { Store } from '../../engine/store.js'
import type { StoredFile } from '../backend.js'
import { parseFileDocument } from '../document.js'
import type { LocalContent } from './body.js'
import { payloadPath, payloadPaths, type LocalKey } from './path.js'

/** Largest document that is written: a change of it journals what it replaces. Earlier versions wrote larger ones. */
export const WRITTEN_DOCUMENT_BYTES_MAX: number = 1024 * 1024
/** Most bytes of a document's file, with the caller's metadata. A longer file is refused before it takes memory. */
export const FILE_DOCUMENT_BYTES_MAX: number = 64 * 1024 * 1024

/**
 * A file's document as it is on the disk: with the backend's data about the file, and the checksum of it all.
 *
 * @throws RangeError for more than 1 MiB
 */
export function encodeLocalRecord(file: StoredFile): Uint8Array {
  const fields = { ...file.document, etag: file.etag, stored_bytes: file.storedBytes }
  const body = JSON.stringify(fields)
  const bytes = Buffer.from(JSON.stringify({ ...fields, checksum: checksumOf(Buffer.from(body)) }))
  if (bytes.length > WRITTEN_DOCUMENT_BYTES_MAX)
    throw outOfRange(
      `Argument "metadata" is too long: a file's document takes at most ${WRITTEN_DOCUMENT_BYTES_MAX} bytes, got ${bytes.length}`,
    )
  return bytes
}

/**
 * Reads a document back. Blanks and line ends between its fields, and a byte order mark before it, do not matter: its
 * checksum is that of the fields.
 *
 * @throws StorageError FS-LOAD-001 when the bytes are not a document, or not the one of `key`
 */
export function decodeLocalRecord(bytes: Uint8Array, key: string, path: string): StoredFile {
  try {
    return parseRecord(bytes, key)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new StorageError('FS-LOAD-001', `The document of '${key}' is damaged: ${error.message}`, {
      cause: error,
      context: { key, path, reason: 'document' },
    })
  }
}

/** Warns of a byte order mark in a document. */
export function tellIfMarked(directory: string, path: string, bytes: Uint8Array): void {
  if (withoutByteOrderMark(bytes) === bytes) return
  const message = `A byte order mark has come into '${path}'; what it says is unchanged, and the next store of its key takes the mark off`
  publish('warning', () => ({ directory, code: 'byte-order-mark', message }))
}

function parseRecord(bytes: Uint8Array, key: string): StoredFile {
  const { checksum, ...fields } = parseJsonObject(withoutByteOrderMark(bytes))
  if (checksum !== checksumOf(Buffer.from(JSON.stringify(fields))))
    throw new FormatError('its checksum does not fit')
  const { etag, stored_bytes: storedBytes, ...rest } = fields
  const document = parseFileDocument(rest)
  if (document.key !== key) throw new FormatError(`it is that of '${document.key}'`)
  if (typeof etag !== 'string' || typeof storedBytes !== 'number')
    throw new FormatError('"etag" or "stored_bytes" is missing')
  return { key, etag, storedBytes, modifiedMs: Date.parse(document.updated_at), document }
}

/** A file's document as it is on the disk. `file` is undefined when it is damaged. */
export interface FoundRecord {
  readonly bytes: Uint8Array
  readonly file: StoredFile | undefined
}

/** Further operations for the commit that stores or deletes a file; requested again for each attempt. */
export type Alongside = (file: StoredFile) => readonly Operation[]

/** The operations of one commit that store a file, replacing the document that was found. */
export async function storing(
  directory: Store,
  { name, documentPath: path }: LocalKey,
  change: {
    readonly file: StoredFile
    readonly content: LocalContent
    readonly found: FoundRecord | undefined
  },
): Promise<Operation[]> {
  const { file, content, found } = change
  const payload = payloadPath(name, file.document)
  const bytes = encodeLocalRecord(file)
  return [
    found === undefined
      ? { kind: 'create', path, bytes }
      : { kind: 'replace', path, bytes, ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX) },
    { kind: 'replace', path: payload, ...content },
    ...(await removals(
      directory,
      oldPaths(name, found).filter((old) => old !== payload),
    )),
  ]
}

/** The operations of one commit that remove the file whose document was found. */
export async function removing(
  directory: Store,
  { name, documentPath: path }: LocalKey,
  found: FoundRecord | undefined,
): Promise<Operation[]> {
  if (found === undefined) return []
  return [
    { kind: 'remove', path, ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX) },
    ...(await removals(directory, oldPaths(name, found))),
  ]
}

/** A payload that was removed by hand does not block the next one. */
async function removals(directory: Store, paths: readonly string[]): Promise<Operation[]> {
  const stats = await Promise.all(
    paths.map(async (path) => ({ path, stat: await directory.volume.stat(path) })),
  )
  return stats
    .filter(({ stat }) => stat?.kind === 'file')
    .map(({ path }) => ({ kind: 'remove', path }))
}

/** A damaged document does not tell where its payload is. */
function oldPaths(name: string, found: FoundRecord | undefined): string[] {
  if (found === undefined) return []
  return found.file === undefined ? payloadPaths(name) : [payloadPath(name, found.file.document)]
}
