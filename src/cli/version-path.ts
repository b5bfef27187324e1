import type { VersionStore } from '../versions/version-store.js'
import { isFileStore } from './open-store.js'

/** The path of a version's file; nothing in a store that does not keep versions in files. */
export async function pathOf(
  store: VersionStore,
  promptId: string,
  version: string,
): Promise<{ readonly path?: string }> {
  if (!isFileStore(store)) return {}
  return { path: (await store.findPath(promptId, version)) ?? store.pathOf(promptId, version) }
}
