import { nowMs } from '../../base/clock.js'
import type { LostFile } from '../../base/channels.js'
import { scanJournal } from '../journal/scan.js'
import { keepLost } from './lost-list-file.js'
import type { OpenParts } from '../opening/open-directory.js'
import { foldEntries, redo } from './redo.js'

/**
 * Writes every file that the journal names anew, and flushes each: what a failed flush has made doubtful. Gives what
 * could not be restored. Under the writer lock.
 */
export async function rewriteFromJournal({
  volume,
  committer,
}: Pick<OpenParts, 'volume' | 'committer'>): Promise<readonly LostFile[]> {
  const scan = await scanJournal(volume)
  if (scan.damage !== undefined) throw scan.damage
  const lost = new Map<string, LostFile>()
  const options = { flushEach: true, nowMs, lost }
  await redo(volume, committer, foldEntries(scan.entries).values(), options)
  await keepLost(volume, committer, [...lost.values()])
  committer.page.setU64('suspect', 0)
  return [...lost.values()]
}
