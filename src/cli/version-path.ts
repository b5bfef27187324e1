import type { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import type { VersionStore } from '../versions/version-store.js'

/** The path of a version's file; nothing in a store that does not keep versions in files. */
export async function pathOf(
  store: VersionStore,
  promptId: string,
  version: string,
): Promise<{ readonly path?: string }> {
  if (!isFileStore(store)) return {}
  return { path: (await store.findPath(promptId, version)) ?? store.pathOf(promptId, version) }
}

function isFileStore(store: VersionStore): store is FileSystemStorage {
  return 'findPath' in store && 'pathOf' in store
}
