import type { VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'

const NOTHING: ReadonlySet<string> = new Set()

/** The versions of a prompt that any process removed after `lsn`; undefined if that is no longer known. */
export async function removedSince<Version extends VersionDocument>(
  { directory, layout, names }: OpenStore<Version>,
  lsn: number,
  promptId: string,
): Promise<ReadonlySet<string> | undefined> {
  if (!names.isCurrent) await names.current()
  if (directory.lsn === lsn) return NOTHING
  const inside = `${layout.promptDirectory(promptId)}/`
  const removed = directory
    .changesSince(lsn)
    ?.filter(({ kind, path }) => kind === 'remove' && path.startsWith(inside))
    .map((change) => layout.changedPlace(change)?.version)
  return removed && new Set(removed.filter((version) => version !== undefined))
}
