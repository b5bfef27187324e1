import { listNames } from '../disk/file-tree.js'
import { DurableDirectory } from '../engine/durable-directory.js'
import { isHeld, isLockFile, parseLock, TOKENS_IN_MS } from './lock-record.js'

/** A lock that is held. */
export interface HeldLock {
  readonly name: string
  readonly pid: number
  readonly token: number
  /** When it was granted, and when it ends unless it is renewed: ISO 8601, UTC. */
  readonly since: string
  readonly expires_at: string
}

/**
 * The locks that are held in a directory of `FileLocks`, by name; none in a store of another kind. The directory is
 * opened for reading only.
 * @throws StorageError as `DurableDirectory.open`
 */
export async function listLeases(directory: string): Promise<readonly HeldLock[]> {
  const store = await DurableDirectory.open(directory, { readOnly: true })
  try {
    const held: HeldLock[] = []
    for (const path of (await listNames(directory)).filter(isLockFile)) {
      const bytes = await store.read(path)
      const record = bytes === undefined ? undefined : parseLock(bytes, path)
      if (record === undefined || !(await isHeld(record))) continue
      held.push({
        name: record.name,
        pid: record.process.pid,
        token: record.token,
        since: new Date(record.token / TOKENS_IN_MS).toISOString(),
        expires_at: new Date(record.expires_at).toISOString(),
      })
    }
    return held.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } finally {
    await store.close()
  }
}
