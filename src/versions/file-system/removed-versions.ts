import { mapLimited } from '../../base/map-limited.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { Store } from '../../engine/store.js'
import { isStorageError } from '../../base/errors.js'
import type { FollowMark } from './moving-files.js'
import { keyOf, placedChanges, type PlacedChange } from './placed-changes.js'
import type { StoreLayout } from './store-layout.js'
import type { TreeReader } from './tree-reader.js'
import type { VersionIndex } from '../version-index.js'

const STATS_AT_ONCE = 16

/** A version by its name. */
export interface NamedVersion {
  readonly promptId: string
  readonly version: string
}

/** The store whose versions are looked for. */
export interface SearchedStore {
  readonly directory: Store
  readonly layout: StoreLayout
  readonly followMark: FollowMark
}

/**
 * Of the versions that existed at `lsn`, the paths of those that another program has removed: they are at none of their
 * places, and no commit since then has removed them. Their places are those that the mark names, and other processes
 * may change it meanwhile: then they are looked for again.
 */
export async function removedByOthers(
  store: SearchedStore,
  versions: readonly NamedVersion[],
  lsn: number,
): Promise<ReadonlySet<string>> {
  if (versions.length === 0) return new Set()
  const { directory, layout, followMark } = store
  for (;;) {
    await directory.waitForPublish()
    await followMark()
    const { changes } = layout
    const removed = await missingAtAll(store, versions, lsn)
    await followMark()
    if (changes === layout.changes) return removed
  }
}

/** As `removedByOthers`, by the layout that is known now. */
async function missingAtAll(
  { directory, layout }: SearchedStore,
  versions: readonly NamedVersion[],
  lsn: number,
): Promise<ReadonlySet<string>> {
  const { lsn: lookedAt } = directory
  const removed = keysOf(directory, layout, lsn, (kind) => kind === 'remove')
  if (removed === undefined) return new Set()
  const suspect = new Map(
    versions.map(({ promptId, version }) => {
      const place = layout.placeOf(promptId, version)
      return [keyOf(place), place] as const
    }),
  )
  const gone = await mapLimited([...suspect], STATS_AT_ONCE, async ([key, place]) => {
    if (removed.has(key)) return []
    const places = layout.placesOf(place.promptId, place.version)
    const paths = places.map((one) => layout.pathOf(one))
    for (const path of paths) if (!(await isGone(directory.volume, path))) return []
    return [[key, layout.pathOf(place)] as const]
  })
  // One that is moved while its places are looked at is at none of them when it is looked for there.
  await directory.waitForPublish()
  const changed = keysOf(directory, layout, lookedAt, () => true)
  if (changed === undefined) return new Set()
  return new Set(gone.flat().flatMap(([key, path]) => (changed.has(key) ? [] : [path])))
}

/** The versions with a change of this kind since `lsn`; undefined if that is no longer known. */
function keysOf(
  directory: Store,
  layout: StoreLayout,
  lsn: number,
  isOfKind: (kind: PlacedChange['kind']) => boolean,
): ReadonlySet<string> | undefined {
  const changes = directory.changesSince(lsn)
  if (changes === undefined) return undefined
  const keys = placedChanges(changes, layout).flatMap(({ kind, place }) =>
    place !== undefined && isOfKind(kind) ? [keyOf(place)] : [],
  )
  return new Set(keys)
}

/** Whether there is something at a path. Fails if permissions hide that. */
export async function isThere(volume: StoreFiles, path: string): Promise<boolean> {
  try {
    return (await volume.stat(path)) !== undefined
  } catch (error) {
    if (isStorageError(error) && NO_DIRECTORY.has(error.context['error'])) return false
    throw error
  }
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

/** The versions of `before` that `index` does not show. */
export function missingFrom(index: VersionIndex, before: VersionIndex): readonly NamedVersion[] {
  return [...before.ids()].flatMap((promptId) =>
    before
      .versions(promptId)
      .filter((version) => !index.has(promptId, version))
      .map((version) => ({ promptId, version })),
  )
}

/** The versions that these changes committed and `index` does not show. */
export function unseenIn(
  index: VersionIndex,
  changes: readonly PlacedChange[],
  tree: TreeReader,
): NamedVersion[] {
  return changes.flatMap(({ kind, place }) => {
    const promptId =
      place === undefined || kind === 'remove' ? undefined : tree.idOf(place.directory)
    if (place === undefined || promptId === undefined) return []
    const { version } = place
    return index.has(promptId, version) ? [] : [{ promptId, version }]
  })
}

/** Puts them on the list of lost files, until that is accepted or they exist again. */
export async function reportRemoved(directory: Store, paths: ReadonlySet<string>): Promise<void> {
  if (paths.size === 0) return
  await directory.reportLost([...paths].map((path) => ({ path, reason: 'removed' })))
}
