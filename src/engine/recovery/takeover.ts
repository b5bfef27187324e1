import { nowMs } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import { JOURNAL_DIRECTORY, segmentPath } from '../../format/layout.js'
import type { LostFile } from '../../base/channels.js'
import { PageState } from '../../format/page.js'
import { publish } from '../../base/channels.js'
import { assertPage, lastSegmentAfter, spoilPage } from '../journal/lost-page.js'
import { scanJournal } from '../journal/scan.js'
import { keepLost } from './lost-list-file.js'
import { foldEntries, redo } from './redo.js'
import type { Segments } from '../journal/segments.js'

/**
 * Finishes what a writer left behind when it died with the lock, or leaves a segment whose flush has failed. The caller
 * holds the writer lock. A process that finds nothing to do came second. Each step leaves a page from which the next
 * process goes on when this one dies, too. Returns what could not be restored: it is on the list of lost files, which
 * the other processes do not know yet.
 */
export async function takeOver(
  volume: Volume,
  committer: Committer,
  segments: Segments,
): Promise<readonly LostFile[]> {
  const { page } = committer
  assertPage(page, volume.directory)
  if (page.state === PageState.committing && (await flushSegment(volume, committer)))
    return await finishCommit(volume, committer, segments)
  if (page.state !== PageState.poisoned) return []
  await turnAway(volume, committer, segments)
  // A frame that its writer has seen flushed may be half-published: it is valid, whatever became of its segment since.
  return await takeOver(volume, committer, segments)
}

/**
 * Nothing behind the last committed frame was acknowledged: a new segment makes it void. It has to exist before any
 * frame is redone: what a failed flush has left there may still abort transactions after a loss of power.
 */
async function turnAway(volume: Volume, committer: Committer, segments: Segments): Promise<void> {
  const { page } = committer
  await adoptNextSegment(volume, committer)
  page.setU64('spoiled', page.getU64('segment'))
  await segments.roll({ fresh: true, useReserve: true })
}

/** The dead writer may have been about to flush. False: that fails, and the frame counts as never written. */
async function flushSegment(volume: Volume, committer: Committer): Promise<boolean> {
  const { page } = committer
  const sequence = page.getU64('segment')
  assertPage(page, volume.directory)
  await committer.useSegment(sequence, segmentPath(sequence))
  try {
    await committer.flush()
    return true
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    page.state = PageState.poisoned
    return false
  }
}

/**
 * A writer may have died between naming the next segment and saying so. The one after it must not reach the disk
 * without it: the journal would have a gap.
 */
async function adoptNextSegment(volume: Volume, committer: Committer): Promise<void> {
  const { page } = committer
  const next = page.getU64('segment') + 1
  assertPage(page, volume.directory)
  const last = await lastSegmentAfter(volume, next - 1)
  if (last === undefined) return
  // No writer dies with two segments begun: the page is an older copy.
  if (last > next) {
    spoilPage(page)
    assertPage(page, volume.directory)
  }
  await volume.flushMany([], [JOURNAL_DIRECTORY])
  page.setU64('segment', next)
}

/** A complete and flushed frame is redone: others may have seen some of its files already. */
async function finishCommit(
  volume: Volume,
  committer: Committer,
  segments: Segments,
): Promise<readonly LostFile[]> {
  const { page } = committer
  const startedMs = nowMs()
  const lost = new Map<string, LostFile>()
  await adoptNextSegment(volume, committer)
  const { damage, end, entries } = await scanJournal(volume)
  if (damage !== undefined) throw damage
  const published = page.getU64('published')
  const lsn = Math.max(published, end?.position.lsn ?? published)
  // From here on it counts as half-published: a process that finds this one dead has to redo it, too.
  page.setU64('committed', lsn)
  const unfinished = entries.filter((entry) => entry.lsn > published)
  const folded = [...foldEntries(unfinished).values()]
  const operations = await segments.withReserve(
    async () => await redo(volume, committer, folded, { lost }),
  )
  await segments.withReserve(async () => await keepLost(volume, committer, [...lost.values()]))
  page.setU64('published', lsn)
  await segments.roll({ fresh: false, useReserve: true })
  page.generation = lsn
  publish('recovery', () => ({
    directory: volume.directory,
    reason: 'takeover',
    frames: unfinished.length,
    operations,
    durationMs: nowMs() - startedMs,
  }))
  return [...lost.values()]
}
