import { isStorageError } from '../../../../src/base/errors.js'
import type { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import {
  amendMetadata,
  RESHARDING,
  requireFeature,
  reshardingBeside,
  shardingOf,
} from '../../../../src/versions/file-system/metadata.js'
import { VERSIONS_CLAIM } from '../../../../src/document/store-names.js'
import { Store } from '../../../../src/engine/store.js'

/** Runs `work` after each call of the storage that saves something; calls that come meanwhile wait for the next run. */
export function afterSaving(storage: FileSystemStorage, work: () => Promise<unknown>): void {
  const saveVersions = storage.saveVersions.bind(storage)
  const transact = storage.transact.bind(storage)
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const runOnce = async (): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!isStorageError(error, 'FS-CLOSED-001')) throw error
    }
  }
  const run = (): Promise<void> => {
    if (running === undefined) {
      running = runOnce().finally(() => (running = undefined))
      return running
    }
    next ??= running.then(async () => {
      next = undefined
      await run()
    })
    return next
  }
  storage.saveVersions = async (...given) => {
    await saveVersions(...given)
    await run()
  }
  storage.transact = async (...given) => {
    const result = await transact(...given)
    await run()
    return result
  }
}

/** `turnAround` in a handle of its own, which is closed with the storage. */
export function turning(storage: FileSystemStorage): () => Promise<void> {
  const close = storage.close.bind(storage)
  let twin: Promise<Store> | undefined
  storage.close = async () => {
    await close()
    await (await twin)?.close()
  }
  return async () =>
    await turnAround(await (twin ??= Store.open(storage.storageDir, {}, VERSIONS_CLAIM)))
}

/**
 * The store is being resharded from then on, and each call changes the direction: what is saved next goes to the other
 * directory.
 */
export async function turnAround(directory: Store): Promise<void> {
  await requireFeature(directory, RESHARDING, (mark) =>
    mark.resharding === undefined
      ? { ...mark, resharding: reshardingBeside(mark.sharding.depth === 0 ? 2 : 0) }
      : mark,
  )
  await amendMetadata(directory, (mark) => ({
    ...mark,
    sharding: shardingOf(mark.resharding?.other_depth ?? 0),
    resharding: reshardingBeside(mark.sharding.depth),
  }))
}

export async function turnAroundAt(storageDir: string): Promise<void> {
  await using directory = await Store.open(storageDir, {}, VERSIONS_CLAIM)
  await turnAround(directory)
}
