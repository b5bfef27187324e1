import { isStorageError } from '../base/errors.js'
import { MemoryStorage } from '../versions/memory-storage.js'
import type { Store } from './open-store.js'
import type { Session } from './session.js'

/** A dry run makes no store: if it does not exist, everything would be new. */
export async function withStoreOrNothing(
  session: Session,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  try {
    await session.withStore(work)
  } catch (error) {
    if (!isStorageError(error, 'FS-FORMAT-001') || error.context.reason !== 'no_store') throw error
    await using nothing = new MemoryStorage()
    await work(nothing)
  }
}
