import type { VersionDocument, VersionStorage } from '../../versions/version-storage.js'

/** Storages over a database or a bucket may answer from memory that is a moment old, and read afresh if they are asked to. */
interface FreshReads<Version> {
  getVersion(id: string, version: string, options: FreshOption): Promise<Version | undefined>
  getLatestVersion(id: string, options: FreshOption): Promise<Version | undefined>
}

interface FreshOption {
  readonly fresh: true
}

const FRESH: FreshOption = { fresh: true }

/** The version with everything in it that was acknowledged before the call, in any process. */
export async function freshVersion<Version extends VersionDocument>(
  storage: VersionStorage<Version, never>,
  id: string,
  version: string,
): Promise<Version | undefined> {
  return (
    (await freshReads(storage)?.getVersion(id, version, FRESH)) ??
    (await storage.getVersion(id, version))
  )
}

/** The highest version, of all that were acknowledged before the call. Later reads of the storage show them, too. */
export async function freshLatest<Version extends VersionDocument>(
  storage: VersionStorage<Version, never>,
  id: string,
): Promise<Version | undefined> {
  return (
    (await freshReads(storage)?.getLatestVersion(id, FRESH)) ?? (await storage.getLatestVersion(id))
  )
}

/** Of a storage that says how old an answer may be. The others read what is stored at each call. */
function freshReads<Version extends VersionDocument>(
  storage: VersionStorage<Version, never>,
): FreshReads<Version> | undefined {
  return Reflect.get(storage, 'coherence') === undefined
    ? undefined
    : (storage as unknown as FreshReads<Version>)
}
