import type { LoggedChange } from '../../engine/journal/dirty-log.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'

/** A committed change, and what it means. */
export interface PlacedChange extends Omit<LoggedChange, 'kind'> {
  /** `move`: the version is at another place now, and what it holds is the same. */
  readonly kind: LoggedChange['kind'] | 'move'
  /** Undefined for a file that is not a version. */
  readonly place: VersionPlace | undefined
}

/**
 * Changes with their places, in order; a move is one change, and so is a removal from several places. It is committed as a creation directly followed by the
 * removal from the former place. Two commits cannot follow each other so: a version is created only while it is at none
 * of its places, and removed where it is.
 */
export function placedChanges(
  changes: readonly LoggedChange[],
  layout: StoreLayout,
): readonly PlacedChange[] {
  const placed: PlacedChange[] = []
  for (const change of changes) {
    const one = { ...change, place: layout.changedPlace(change) }
    const before = placed.at(-1)
    if (before === undefined || !concernsSame(before, one)) placed.push(one)
    else if (before.kind === 'create' || before.kind === 'replace')
      placed[placed.length - 1] = { ...before, kind: 'move' }
  }
  return placed
}

/** Whether `after` is a removal of the same version in the same commit, from another place. */
function concernsSame(before: PlacedChange, after: PlacedChange): boolean {
  return (
    after.kind === 'remove' &&
    before.lsn === after.lsn &&
    before.path !== after.path &&
    before.place !== undefined &&
    after.place !== undefined &&
    keyOf(before.place) === keyOf(after.place)
  )
}

/** The same for every place of a version. */
export function keyOf({ directory, version }: Pick<VersionPlace, 'directory' | 'version'>): string {
  return `${promptNameOf(directory)}/${version}`
}
