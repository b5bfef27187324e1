import { mapLimited } from '../../base/map-limited.js'
import type { OpenStore } from './open-store.js'
import type { VersionDocument } from '../version-storage.js'

/** So many files are looked at at once. */
const CONCURRENCY = 64

/** What the files of all versions take together; those that go away meanwhile count as nothing. */
export async function totalBytes<Version extends VersionDocument>(
  store: OpenStore<Version>,
): Promise<number> {
  const { names, layout, directory } = store
  await names.current()
  let total = 0
  for (const promptId of await names.promptIds()) {
    const versions = await names.versions(promptId)
    await mapLimited(versions, CONCURRENCY, async (version) => {
      const stat = await directory.volume.stat(layout.versionPath(promptId, version))
      total += stat?.bytes ?? 0
    })
  }
  return total
}
