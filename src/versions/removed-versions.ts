import type { DurableDirectory } from '../engine/durable-directory.js'
import { mapLimited } from '../disk/map-limited.js'

const STATS_AT_ONCE = 16

/**
 * Of the paths of versions that were there at `lsn`, those that other hands have removed: the files are gone, and no
 * commit since then has removed them.
 */
export async function removedByOthers(
  directory: DurableDirectory,
  paths: readonly string[],
  lsn: number,
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set()
  await directory.settle()
  const changes = directory.changesSince(lsn)
  if (changes === undefined) return new Set()
  const removed = new Set(changes.filter(({ kind }) => kind === 'remove').map(({ path }) => path))
  const suspect = [...new Set(paths)].filter((path) => !removed.has(path))
  const gone = await mapLimited(suspect, STATS_AT_ONCE, async (path) =>
    (await directory.volume.stat(path)) === undefined ? [path] : [],
  )
  return new Set(gone.flat())
}

/** Puts them on the list of lost files, until that is accepted or they are there again. */
export async function reportRemoved(
  directory: DurableDirectory,
  paths: ReadonlySet<string>,
): Promise<void> {
  if (paths.size === 0) return
  await directory.reportLost([...paths].map((path) => ({ path, reason: 'removed' })))
}
