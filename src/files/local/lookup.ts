import type { Readable } from 'node:stream'
import { isStorageError, StorageError } from '../../base/errors.js'
import type { ByteRange } from '../../base/byte-source.js'
import type { Store } from '../../engine/store.js'
import type { StoredFile } from '../backend.js'
import { untilSteady } from '../conflict.js'
import { badPayload, openPayload } from './body.js'
import { payloadPath, type LocalKey } from './path.js'
import {
  decodeLocalRecord,
  FILE_DOCUMENT_BYTES_MAX,
  tellIfMarked,
  type FoundRecord,
} from './record.js'

export type OpenedFile = { readonly file: StoredFile; readonly body: Readable }
type OpenAttempt = { readonly found: OpenedFile | undefined }

/** The document at a place; its `file` is undefined when it is damaged. */
export async function findRecord(directory: Store, at: LocalKey): Promise<FoundRecord | undefined> {
  const bytes = await readDocument(directory, at)
  if (bytes === undefined) return undefined
  try {
    const file = decodeLocalRecord(bytes, at.key, at.documentPath)
    tellIfMarked(directory.path, at.documentPath, bytes)
    return { bytes, file }
  } catch (error) {
    if (!isStorageError(error)) throw error
    return { bytes, file: undefined }
  }
}

/** A file and a range of its stored bytes, of one moment; undefined where there is none. */
export async function openFileAt(
  directory: Store,
  at: LocalKey,
  range: ByteRange,
  timeoutMs: number,
): Promise<OpenedFile | undefined> {
  return await untilSteady(at.key, timeoutMs, async () => await tryOpen(directory, at, range))
}

/** Undefined for a key without a file; throws for one whose document is damaged. */
export function absent({ key, documentPath }: LocalKey, found: FoundRecord | undefined): undefined {
  if (found !== undefined) decodeLocalRecord(found.bytes, key, documentPath)
  return undefined
}

/** The document of a version, under the name of another one. */
export function wrongVersion(key: string, path: string): StorageError {
  return new StorageError(
    'FS-LOAD-001',
    `The document of a version of '${key}' is that of another`,
    {
      context: { key, path, reason: 'document' },
    },
  )
}

/** The file as it was at one moment; undefined when it was changed while it was opened. */
async function tryOpen(
  directory: Store,
  at: LocalKey,
  range: ByteRange,
): Promise<OpenAttempt | undefined> {
  const found = await findRecord(directory, at)
  const file = found?.file
  if (found === undefined || file === undefined) return { found: absent(at, found) }
  const path = payloadPath(at.name, file.document)
  const body = await openPayload(directory, path, file.storedBytes, range)
  const still = await readDocument(directory, at)
  if (still !== undefined && Buffer.compare(still, found.bytes) === 0) {
    if (body !== undefined) return { found: { file, body } }
    throw await badPayload(directory, file, path)
  }
  body?.destroy()
  return undefined
}

async function readDocument(
  directory: Store,
  { documentPath }: LocalKey,
): Promise<Uint8Array | undefined> {
  return await directory.read(documentPath, { maxBytes: FILE_DOCUMENT_BYTES_MAX })
}
