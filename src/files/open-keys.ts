import { isStorageError } from '../base/errors.js'
import { publish } from '../base/channels.js'
import type { FileBackend } from './backend.js'
import { allFiles } from './listing.js'
import {
  hasKeyRecords,
  type KeyRecord,
  type KeyRecordPlace,
  wrongKey,
  type Keyring,
} from './pipeline/keys.js'
import type { Pipeline } from './pipeline/pipeline.js'

/** Without a record, up to this many files are read to find those that tell whether a key is the right one. */
const FILES_MAX = 1000
/** This many files of a key have to be unreadable before the key counts as wrong: one may have been tampered with. */
const TRIES_MAX = 4

interface Opened {
  readonly backend: FileBackend
  readonly pipeline: Pipeline
  readonly keyring: Keyring
}

/**
 * Compares the keys with those that the store was used with. A store that is to be encrypted gets a record of each key
 * without one, unless its files show that the key is wrong.
 *
 * @throws StorageError FS-CRYPT-001 with reason `wrong_key`
 */
export async function adoptKeys(opened: Opened): Promise<void> {
  const { backend } = opened
  if (!hasKeyRecords(backend)) return
  try {
    await adoptFrom(opened, backend)
  } catch (error) {
    const isKey = !isStorageError(error) || error.code === 'FS-CRYPT-001'
    if (isKey || backend.kind === 'local') throw error
    // Calls that need a bucket report that it cannot be asked now; some exist to find out why.
    publish('warning', () => ({
      directory: backend.kind,
      code: 'key-unchecked',
      message: `Whether the encryption keys are those of the bucket could not be found out: ${error.message}`,
    }))
  }
}

async function adoptFrom(opened: Opened, place: KeyRecordPlace): Promise<void> {
  const { keyring, pipeline } = opened
  const records = await place.keyRecords(keyring.ids)
  const missing: string[] = []
  for (const id of keyring.ids) {
    const record = records.get(id)
    if (record === undefined) missing.push(id)
    else await keyring.adopt(id, record)
  }
  if (pipeline.keyId === undefined || missing.length === 0) return
  const unsealed = await checkByFiles(opened, missing)
  const added = new Map<string, KeyRecord>()
  for (const id of missing) added.set(id, await keyring.newRecord(id, !unsealed.has(id)))
  const all = await place.addKeyRecords(added)
  for (const id of missing) {
    // Another process may have been first, with another key.
    const record = all.get(id)
    if (record !== undefined) await keyring.adopt(id, record)
  }
}

/**
 * Checks that the existing files open with the keys. Returns the ids that have, or may have, documents without a MAC.
 *
 * @throws StorageError FS-CRYPT-001 with reason `wrong_key`
 */
async function checkByFiles(
  { backend, pipeline }: Opened,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const unsealed = new Set<string>()
  const failed = new Map(ids.map((id) => [id, 0]))
  let looked = 0
  for await (const file of allFiles(backend, '')) {
    const id = file.document.encryption?.key_id
    if (id !== undefined && file.document.format === 1) unsealed.add(id)
    const tries = id === undefined ? undefined : failed.get(id)
    if (id !== undefined && tries !== undefined && tries < TRIES_MAX) {
      if (await pipeline.opens(file, async () => (await backend.get(file.key))?.body))
        failed.delete(id)
      else failed.set(id, tries + 1)
    }
    looked++
    if (looked === FILES_MAX) break
  }
  for (const [id, tries] of failed) if (tries > 0) throw wrongKey(id)
  return looked === FILES_MAX ? new Set(ids) : unsealed
}
