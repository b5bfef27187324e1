import { DiskError } from '../disk/disk-error.js'
import type { Committer, Volume } from '../disk/disk.js'
import { segmentPath } from '../document/layout.js'
import { PageState } from '../document/page.js'
import { publish } from '../observe/channels.js'
import { scanJournal } from './journal-scan.js'
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
  const { page } = context.committer
  if (page.state === PageState.committing) await finishCommit(context)
  if (page.state === PageState.idle) return
  page.setU64('spoiled', page.getU64('segment'))
  // Behind the last published frame nothing was acknowledged: a new segment makes it void.
  await context.segments.roll(page, { fresh: true, timeMs: context.nowMs() })
}

/** A frame that stands whole is flushed and redone: others may have seen some of its files already. */
async function finishCommit(context: TakeoverContext): Promise<void> {
  const { volume, committer, segments } = context
  const { page } = committer
  const startedMs = context.nowMs()
  if (!(await flushSegment(context))) return
  const scan = await scanJournal(volume)
  if (scan.damage !== undefined) throw scan.damage
  const published = page.getU64('published')
  const unfinished = scan.entries.filter((entry) => entry.lsn > published)
  const operations = await redo(volume, committer, foldEntries(unfinished).values())
  const lsn = Math.max(published, scan.end?.position.lsn ?? published)
  page.setU64('segment', scan.end?.position.segment ?? page.getU64('segment'))
  page.setU64('committed', lsn)
  page.setU64('published', lsn)
  await segments.roll(page, { fresh: false, timeMs: context.nowMs() })
  page.generation = lsn
  publish('recovery', () => ({
    directory: volume.directory,
    reason: 'takeover',
    frames: unfinished.length,
    operations,
    durationMs: context.nowMs() - startedMs,
  }))
}

/** The dead writer may have been about to flush. When that fails, its frame counts as never written. */
async function flushSegment({ committer }: TakeoverContext): Promise<boolean> {
  const sequence = committer.page.getU64('segment')
  await committer.useSegment(sequence, segmentPath(sequence))
  try {
    await committer.flush()
    return true
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    committer.page.state = PageState.poisoned
    return false
  }
}
