import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { placedChanges } from './placed-changes.js'
import { promptNameOf } from './store-layout.js'

const NOTHING: ReadonlySet<string> = new Set()

/** The versions of a prompt that any process removed after `lsn`; undefined if that is no longer known. */
export async function removedSince<Version extends VersionDocument>(
  { directory, layout, names }: OpenStore<Version>,
  lsn: number,
  promptId: string,
): Promise<ReadonlySet<string> | undefined> {
  if (!names.isCurrent) await names.current()
  if (directory.lsn === lsn) return NOTHING
  const changes = directory.changesSince(lsn)
  if (changes === undefined) return undefined
  const name = promptNameOf(layout.promptDirectory(promptId))
  const removed = placedChanges(changes, layout).flatMap(({ kind, place }) => {
    const isOfPrompt = place !== undefined && promptNameOf(place.directory) === name
    return isOfPrompt && kind === 'remove' ? [place.version] : []
  })
  return new Set(removed)
}
