import { DiskError } from '../disk/disk-error.js'
import type { Committer, Volume } from '../disk/disk.js'
import { JOURNAL_DIRECTORY, segmentPath } from '../document/layout.js'
import { PageState } from '../document/page.js'
import { publish } from '../observe/channels.js'
import { readHeader, scanJournal } from './journal-scan.js'
import { foldEntries, redo } from './redo.js'
import type { Segments } from './segments.js'

export interface TakeoverContext {
  readonly volume: Volume
  readonly committer: Committer
  readonly segments: Segments
  readonly nowMs: () => number
}

/**
 * Finishes what a writer left behind when it died with the lock, or leaves a segment whose flush has failed. The
 * caller holds the writer lock. Whoever finds nothing to do came second.
 */
export async function takeOver(context: TakeoverContext): Promise<void> {
  const { committer, segments } = context
  const { page } = committer
  if (page.state === PageState.idle) return
  const wasCommitting = page.state === PageState.committing
  if (wasCommitting) await flushSegment(context)
  const fresh = page.state === PageState.poisoned
  await adoptNextSegment(context)
  // A frame that its writer has seen flushed may be published by half: it stands, whatever became of the segment since.
  const isHalfPublished = page.getU64('committed') !== page.getU64('published')
  if (isHalfPublished || (wasCommitting && !fresh)) await finishCommit(context)
  // Behind the last published frame nothing was acknowledged: a new segment makes it void.
  if (fresh) page.setU64('spoiled', page.getU64('segment'))
  await segments.roll(page, { fresh, timeMs: context.nowMs() })
  page.generation = page.getU64('published')
}

/** The dead writer may have been about to flush. When that fails, the frame that it wrote counts as never written. */
async function flushSegment({ committer }: TakeoverContext): Promise<void> {
  const sequence = committer.page.getU64('segment')
  await committer.useSegment(sequence, segmentPath(sequence))
  try {
    await committer.flush()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    committer.page.state = PageState.poisoned
  }
}

/**
 * A writer may have died between naming the next segment and saying so. The one after it must not reach the disk
 * without it: the journal would have a gap.
 */
async function adoptNextSegment({ volume, committer }: TakeoverContext): Promise<void> {
  const { page } = committer
  const next = page.getU64('segment') + 1
  if ((await readHeader(volume, next)) === undefined) return
  await volume.flushMany([], [JOURNAL_DIRECTORY])
  page.setU64('segment', next)
}

/** A frame that stands whole and flushed is redone: others may have seen some of its files already. */
async function finishCommit(context: TakeoverContext): Promise<void> {
  const { volume, committer } = context
  const { page } = committer
  const startedMs = context.nowMs()
  const published = page.getU64('published')
  // Behind a failed flush a frame may stand whole as long as the machine lives, and no longer.
  const isPoisoned = page.state === PageState.poisoned
  const throughLsn = isPoisoned ? page.getU64('committed') : Number.POSITIVE_INFINITY
  const { damage, end, entries } = await scanJournal(volume, { throughLsn })
  if (damage !== undefined) throw damage
  const lsn = Math.max(published, end?.position.lsn ?? published)
  // From here on it counts as published by half: whoever finds this process dead has to redo it, too.
  page.setU64('committed', lsn)
  const unfinished = entries.filter((entry) => entry.lsn > published)
  const operations = await redo(volume, committer, foldEntries(unfinished).values())
  page.setU64('published', lsn)
  publish('recovery', () => ({
    directory: volume.directory,
    reason: 'takeover',
    frames: unfinished.length,
    operations,
    durationMs: context.nowMs() - startedMs,
  }))
}
