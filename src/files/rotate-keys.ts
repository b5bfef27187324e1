import { isConflict, StorageError } from '../base/errors.js'
import type { StoredFile } from './backend.js'
import { localDirectoryOf, type FileParts } from './parts.js'
import { storeContent } from './writer.js'
import { allFiles } from './listing.js'
import { hasKeyRecords } from './pipeline/keys.js'
import { LocalBackend } from './local/backend.js'

/**
 * Stores every file again that is not encrypted with the current key, or not in the current format, or is encrypted
 * though none should be. Files replaced meanwhile are left alone: they were stored with the current key. Then nothing
 * is left of the replaced contents, in the journal either. Returns the number of files.
 *
 * @throws StorageError FS-CRYPT-001 for a file that is not trusted, FS-UNAVAILABLE-001 while the cloud lacks something
 */
export async function rotateKeys(parts: FileParts): Promise<number> {
  await emptyOutbox(parts)
  const { backend, pipeline } = parts
  if (backend instanceof LocalBackend && pipeline.keyId !== undefined)
    await backend.keyGuard.makeCurrent(pipeline.keyId)
  // Another process may have been storing with the earlier key when it was retired.
  const rotated = (await rotateAll(parts)) + (await rotateAll(parts))
  await emptyOutbox(parts)
  await sealKey(parts)
  await localDirectoryOf(parts)?.checkpoint({ shred: true })
  return rotated
}

async function rotateAll(parts: FileParts): Promise<number> {
  let rotated = 0
  for await (const file of allFiles(parts.backend, ''))
    if (!isCurrent(parts, file) && (await storeAgain(parts, file.key))) rotated++
  return rotated
}

/** From then on a document of the current key without a MAC counts as planted. */
async function sealKey({ backend, pipeline }: FileParts): Promise<void> {
  const { keyId: id, keyring } = pipeline
  if (id === undefined || keyring === undefined || !hasKeyRecords(backend)) return
  const added = new Map([[id, await keyring.newRecord(id, true)]])
  const record = (await backend.addKeyRecords(added)).get(id)
  if (record !== undefined) await keyring.adopt(id, record)
}

function isCurrent({ pipeline }: FileParts, { document }: StoredFile): boolean {
  const { encryption, format } = document
  return encryption?.key_id === pipeline.keyId && (encryption === undefined || format === 2)
}

/** Its entries name older documents, and pending files may hide what the cloud still has. */
async function emptyOutbox({ fallback }: FileParts): Promise<void> {
  if (fallback === undefined) return
  const { pending, failed } = await fallback.sync()
  if (pending === 0) return
  throw new StorageError(
    'FS-UNAVAILABLE-001',
    `Keys cannot be rotated while ${pending} changes are pending for the cloud${failed[0] === undefined ? '' : `: ${failed[0].message}`}`,
    { context: { reason: 'pending', pending } },
  )
}

/** Expired files, too: only the next sweep, which needs a document that it can trust, removes them. */
async function storeAgain(parts: FileParts, key: string): Promise<boolean> {
  const found = await parts.backend.get(key)
  if (found === undefined) return false
  const { file, body: stored } = found
  try {
    await parts.trust.check(file)
    const { kind, metadata, expires_at: expiresAt } = file.document
    const body = await parts.pipeline.unpack(file.document, stored)
    const condition = { ifMatch: file.etag }
    const content = { key, kind, body, metadata, condition, expiresAt }
    await storeContent(parts, { ...content, overExpired: true })
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  } finally {
    stored.destroy()
  }
}
