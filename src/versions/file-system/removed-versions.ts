import { mapLimited } from '../../base/map-limited.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { LoggedChange } from '../../engine/journal/dirty-log.js'
import type { Store } from '../../engine/store.js'
import { isStorageError } from '../../base/errors.js'
import type { StoreLayout } from './store-layout.js'
import type { TreeReader } from './tree-reader.js'
import type { VersionIndex } from '../version-index.js'

const STATS_AT_ONCE = 16

/**
 * Of the paths of versions that existed at `lsn`, those that another program has removed: the files are gone, and no
 * commit since then has removed them.
 */
export async function removedByOthers(
  directory: Store,
  paths: readonly string[],
  lsn: number,
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  await directory.waitForPublish()
  const changes = directory.changesSince(lsn)
  if (changes === undefined) return new Set()
  const removed = new Set(changes.filter(({ kind }) => kind === 'remove').map(({ path }) => path))
  const suspect = [...new Set(paths)].filter((path) => !removed.has(path))
  const gone = await mapLimited(suspect, STATS_AT_ONCE, async (path) =>
    (await isGone(directory.volume, path)) ? [path] : [],
  )
  return new Set(gone.flat())
}

/** The errors of a stat if a file, link or device is in the place of a directory above the path. */
const NO_DIRECTORY: ReadonlySet<unknown> = new Set(['ENOTDIR', 'ELOOP'])

/** False if permissions hide the path: it may exist. */
export async function isGone(volume: StoreFiles, path: string): Promise<boolean> {
  try {
    return (await volume.stat(path)) === undefined
  } catch (error) {
    if (isStorageError(error, 'FS-PERM-001')) return false
    if (isStorageError(error) && NO_DIRECTORY.has(error.context['error'])) return true
    throw error
  }
}

/** The paths of the versions of `before` that `index` does not show. */
export function missingFrom(
  index: VersionIndex,
  before: VersionIndex,
  layout: StoreLayout,
): readonly string[] {
  return [...before.ids()].flatMap((promptId) =>
    before
      .versions(promptId)
      .filter((version) => !index.has(promptId, version))
      .map((version) => layout.versionPath(promptId, version)),
  )
}

/** The paths of versions that these changes committed and `index` does not show. */
export function unseenIn(
  index: VersionIndex,
  changes: readonly LoggedChange[],
  layout: StoreLayout,
  tree: TreeReader,
): string[] {
  return changes.flatMap(({ kind, path }) => {
    const place = kind === 'remove' ? undefined : layout.parseVersionPath(path)
    const promptId = place && tree.idOf(place.directory)
    if (place === undefined || promptId === undefined) return []
    return index.has(promptId, place.version) ? [] : [path]
  })
}

/** Puts them on the list of lost files, until that is accepted or they exist again. */
export async function reportRemoved(directory: Store, paths: ReadonlySet<string>): Promise<void> {
  if (paths.size === 0) return
  await directory.reportLost([...paths].map((path) => ({ path, reason: 'removed' })))
}
