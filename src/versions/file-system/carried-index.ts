import type { DurableDirectory } from '../../engine/durable-directory.js'
import { decodeIndex } from './index-file.js'
import { readIndexFile, writeIndexFile } from './index-on-disk.js'
import type { StoreLayout } from './store-layout.js'
import { readPromptId } from './tree-scan.js'

/**
 * Brings the index file, if there is one, up to the journal: for a store that is open without an index. A checkpoint
 * shortens the journal, and an index file from before that could no longer tell what the store has deleted from what
 * other hands have removed. The directories are not read, so that what is missing there stays to be noticed.
 */
export async function carryIndexFile(
  directory: DurableDirectory,
  layout: StoreLayout,
  lsn: number,
): Promise<void> {
  const bytes = await readIndexFile(directory)
  const decoded = bytes && decodeIndex(bytes)
  if (decoded === undefined || decoded.lsn >= lsn) return
  const missed = directory.changesSince(decoded.lsn)
  if (missed === undefined) return
  const { index, stamps } = decoded
  const hashedIds = new Map<string, string>()
  for (const promptId of index.ids()) {
    if (layout.promptFile(promptId) !== undefined)
      hashedIds.set(layout.promptDirectory(promptId), promptId)
  }
  const changed = new Set<string>()
  for (const change of missed) {
    const { kind, timeMs } = change
    const place = layout.changedPlace(change)
    if (place === undefined) continue
    const promptId =
      place.promptId ??
      hashedIds.get(place.directory) ??
      (await readPromptId(directory.volume, layout, place.directory, [place.version]))
    // Cleared again already, with all that it held.
    if (promptId === undefined) continue
    changed.add(promptId)
    if (kind === 'remove') index.remove(promptId, place.version, timeMs)
    else index.add(promptId, place.version, timeMs)
  }
  await writeIndexFile(directory, index, lsn, (promptId) =>
    changed.has(promptId) ? undefined : stamps.get(promptId),
  )
}
