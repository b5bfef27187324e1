import type { FindingKind } from './findings.js'
import type { OpenStore } from './open-store.js'
import { isGone } from './removed-versions.js'
import type { VersionDocument } from '../version-storage.js'

/** What the index and the directories do not agree about. */
export interface Difference {
  readonly kind: FindingKind
  readonly path: string
  readonly detail: string
}

/** @param seen by prompt, the versions whose files were read; none is left of those that the index shows */
export async function differencesFromIndex<Version extends VersionDocument>(
  { names, layout, directory }: OpenStore<Version>,
  seen: ReadonlyMap<string, Set<string>>,
): Promise<readonly Difference[]> {
  if (names.has('', '') === undefined) return []
  await names.current()
  const found: Difference[] = []
  for (const promptId of await names.promptIds()) {
    for (const version of await names.versions(promptId)) {
      if (seen.get(promptId)?.delete(version)) continue
      const path = layout.versionPath(promptId, version)
      if (!(await isGone(directory.volume, path))) continue
      found.push({ kind: 'missing-file', path, detail: 'is in the index and not on the disk' })
    }
  }
  for (const [promptId, versions] of seen) {
    for (const version of versions) {
      if (names.has(promptId, version) === true) continue
      const path = layout.versionPath(promptId, version)
      found.push({ kind: 'unlisted-file', path, detail: 'is on the disk and not in the index' })
    }
  }
  return found
}
