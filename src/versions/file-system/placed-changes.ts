import { HEAD_FILE } from '../../document/store-names.js'
import type { LoggedChange } from '../../engine/journal/dirty-log.js'
import { LabelMoves } from './label-moves.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'

/** A committed change, and what it means. */
export interface PlacedChange extends Omit<LoggedChange, 'kind'> {
  /** `move`: the version is at another place now, and what it holds is the same. */
  readonly kind: LoggedChange['kind'] | 'move'
  /** Undefined for a file that is not a version. */
  readonly place: VersionPlace | undefined
  /** Of a file beside the versions of a prompt: how its labels have moved. */
  readonly labels: LabelMoves | undefined
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
    const before = placed.at(-1)
    const labels = labelsOf(change, before, layout)
    const one = { ...change, place: layout.changedPlace(change), labels }
    if (before === undefined || !concernsSame(before, one)) placed.push(one)
    else if (before.kind === 'create' || before.kind === 'replace')
      placed[placed.length - 1] = { ...before, kind: 'move' }
  }
  return placed
}

/** The labels of a head that is removed are no longer known, unless it is at another place now. */
function labelsOf(
  change: LoggedChange,
  before: PlacedChange | undefined,
  layout: StoreLayout,
): LabelMoves | undefined {
  const { kind, path, tag } = change
  if (tag instanceof LabelMoves) return tag
  if (kind !== 'remove' || !path.endsWith(HEAD_END)) return undefined
  const directory = path.slice(0, -HEAD_END.length)
  const isMoved =
    before?.kind === 'create' &&
    before.lsn === change.lsn &&
    before.path.endsWith(`${promptNameOf(directory)}${HEAD_END}`)
  if (isMoved) return undefined
  return new LabelMoves({ directory, promptId: layout.promptIdOf(directory) }, undefined)
}

const HEAD_END = `/${HEAD_FILE}`

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
