import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { placedChanges } from './placed-changes.js'
import { promptNameOf } from './store-layout.js'

const NOTHING: ReadonlySet<string> = new Set()

/** What was removed of a prompt, up to a commit. */
export interface Removed {
  /** The versions that any process removed; undefined if that is no longer known. */
  readonly versions: ReadonlySet<string> | undefined
  /**
   * The last commit that was looked at. A reader that goes on asks for what was removed since this one: others may be
   * known by the time it does.
   */
  readonly lsn: number
}

/** The versions of a prompt that any process removed after `lsn`. */
export async function removedSince<Version extends VersionDocument>(
  { directory, layout, names }: OpenStore<Version>,
  lsn: number,
  promptId: string,
): Promise<Removed> {
  if (!names.isCurrent) await names.current()
  const { lsn: known } = directory
  if (known === lsn) return { versions: NOTHING, lsn }
  const changes = directory.changesSince(lsn)
  if (changes === undefined) return { versions: undefined, lsn: known }
  const name = promptNameOf(layout.promptDirectory(promptId))
  const removed = placedChanges(changes, layout).flatMap(({ kind, place }) => {
    const isOfPrompt = place !== undefined && promptNameOf(place.directory) === name
    return isOfPrompt && kind === 'remove' ? [place.version] : []
  })
  return { versions: new Set(removed), lsn: known }
}
