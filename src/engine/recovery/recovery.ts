import { nowMs } from '../../base/clock.js'
import type { Committer, Volume } from '../../disk/disk.js'
import {
  isSpareName,
  isTemporaryPath,
  JOURNAL_DIRECTORY,
  QUARANTINE_DIRECTORY,
  RESERVE_FILE,
  segmentPath,
  TEMPORARY_DIRECTORY,
} from '../../format/layout.js'
import type { LostFile } from '../../base/channels.js'
import { BLOCK_BYTES } from '../../format/frame.js'
import { PAGE_MAGIC, PageState, type SharedPage } from '../../format/page.js'
import type { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { nameDamage } from '../journal/damage.js'
import { DirtyLog, dirtySince } from '../journal/dirty-log.js'
import { scanJournal, type JournalScan } from '../journal/scan.js'
import { foldEntries, isOutOfSpace, redo } from './redo.js'
import type { Segments } from '../journal/segments.js'
import { keepLost } from './lost-list-file.js'

export interface RecoveryReport {
  /** Files rewritten from the journal. */
  readonly redone: number
  /** The damage of a journal that was opened all the same, and is in quarantine now. */
  readonly repaired: StorageError | undefined
  /** Commits since the last checkpoint: flushed after redo, and new to derived state. */
  readonly dirty: DirtyLog
  /** Files in the journal that could not be restored. */
  readonly lost: readonly LostFile[]
}

/**
 * Recovery, by a process that holds the writer lock and is alone in the store: redo of every frame since the last
 * checkpoint, then a new epoch. A crash at any line, or a lack of space, leaves a journal that the next recovery reads
 * the same way.
 */
export async function recover(
  volume: Volume,
  committer: Committer,
  segments: Segments,
  repairJournal: boolean,
): Promise<RecoveryReport> {
  const startedMs = nowMs()
  const lost = new Map<string, LostFile>()
  const scan = await scanJournal(volume)
  const isEndFlushed = isFlushed(committer.page, scan)
  const isClean = scan.clean && isEndFlushed
  if (scan.damage !== undefined && !repairJournal)
    throw await nameDamage(volume.directory, scan.damage, scan)
  initialisePage(committer.page, scan, isClean, await volume.boot())
  committer.page.file = committer.pageInode
  if (isClean) {
    await removeStrays(volume, scan)
    await tidy(volume, segments, committer.page, scan)
    const dirty = dirtySince(scan)
    return { redone: 0, repaired: undefined, dirty, lost: [] }
  }
  const folded = foldEntries(scan.entries)
  try {
    // When nothing is to be redone, the header of the next segment says so, and the end may be lost.
    if (!isEndFlushed && !scan.clean)
      await segments.withReserve(async () => await keepEnd(volume, scan))
    const redone = await segments.withReserve(
      async () => await redo(volume, committer, folded.values(), { lost }),
    )
    // Before the journal is shortened: it is their only record.
    await segments.withReserve(async () => await keepLost(volume, committer, [...lost.values()]))
    await startEpoch(volume, segments, committer.page, scan)
    await tidy(volume, segments, committer.page, scan)
    publish('recovery', () => ({
      directory: volume.directory,
      reason: 'open',
      frames: scan.entries.length,
      operations: redone,
      durationMs: nowMs() - startedMs,
    }))
    // A damaged journal does not have everything that has happened since then.
    const isWhole = scan.damage === undefined
    const dirty = isWhole ? dirtySince(scan) : new DirtyLog(committer.page.getU64('published'))
    return { redone, repaired: scan.damage, dirty, lost: [...lost.values()] }
  } catch (error) {
    // The journal is served as it is then. Changes that loss of power could undo must not be shown.
    if (isOutOfSpace(error) && !isEndFlushed) await flushEnd(committer, scan)
    // No process is left that the page belongs to.
    if (isOutOfSpace(error)) committer.page.magic = 0
    throw error
  }
}

/**
 * A process may have died between writing its last frame and flushing it, or that flush has failed. The frame is redone
 * too, so it has to be on the disk before anything of it shows: otherwise loss of power could leave a part of it. It is
 * rewritten, since a second flush of the same file proves nothing.
 */
async function keepEnd(volume: Volume, { end }: JournalScan): Promise<void> {
  if (end === undefined) return
  const path = segmentPath(end.position.segment)
  const bytes = await volume.readRange(path, 0, end.position.offset)
  if (bytes !== undefined) await volume.write(path, bytes, { replace: true, flush: true })
}

/** In place, when there is no room to rewrite it. */
async function flushEnd(committer: Committer, { end }: JournalScan): Promise<void> {
  if (end === undefined) return
  const { segment } = end.position
  await committer.useSegment(segment, segmentPath(segment))
  await committer.flush()
}

/**
 * Whether the last frame of the journal is known to have reached the disk. A process may have died before it could
 * flush it, or the flush has failed: then the frame is in the page cache alone, and nothing may rely on it. Only the
 * page of the boot in which it was written knows; where it does not, a new epoch begins.
 */
function isFlushed(page: SharedPage, { end }: JournalScan): boolean {
  if (end === undefined || page.state !== PageState.idle || page.salt !== end.salt) return false
  return page.getU64('durable') >= end.position.lsn
}

/**
 * Rewrites the page of a store that no other process has open: its contents may be of another boot. Until the new epoch
 * is written, a process that finds this one dead has to recover again, and must not treat the journal's end as flushed:
 * first of all the page says so.
 */
export function initialisePage(
  page: SharedPage,
  scan: JournalScan,
  isClean: boolean,
  boot: string,
): void {
  const end = scan.end
  page.state = PageState.committing
  page.erase()
  page.magic = PAGE_MAGIC
  page.chain = end?.position.chain ?? 0
  page.salt = end?.salt ?? 0n
  page.setU64('segment', end?.position.segment ?? 0)
  page.setU64('offset', end?.position.offset ?? BLOCK_BYTES)
  const lsn = end?.position.lsn ?? 0
  for (const field of ['committed', 'published', 'durable'] as const) page.setU64(field, lsn)
  page.setU64('checkpoint', scan.checkpointLsn)
  // It is unknown why the store was not closed: the flush of its last segment may have failed.
  page.setU64('spoiled', isClean ? 0 : page.getU64('segment'))
  page.generation = lsn
  // Processes that have not joined the store believe the rest from now on.
  page.boot = boot
  if (isClean) page.state = PageState.idle
}

/** All frames are in the plain files and flushed: the next segment says so in its header. */
async function startEpoch(
  volume: Volume,
  segments: Segments,
  page: SharedPage,
  scan: JournalScan,
): Promise<void> {
  page.setU64('checkpoint', page.getU64('published'))
  // The journal's first segment: its directory may be new as well, with an entry that was not flushed yet.
  if (scan.end === undefined) await volume.flushMany([], [''])
  if (scan.damage !== undefined) await quarantine(volume, scan)
  await removeStrays(volume, scan)
  await segments.roll({ fresh: scan.end === undefined, useReserve: true })
}

/** Damaged segments are put aside whole, never deleted: they may hold the only copy of something. */
async function quarantine(volume: Volume, scan: JournalScan): Promise<void> {
  for (const path of [...scan.segments, ...scan.damaged].map(segmentPath)) {
    await volume.rename(path, `${QUARANTINE_DIRECTORY}/${path}`, { replace: true })
  }
}

/** Removes what a crash may have left: staged files, half-filled segments. Only names that are the engine's own. */
async function tidy(
  volume: Volume,
  segments: Segments,
  page: SharedPage,
  scan: JournalScan,
): Promise<void> {
  for (const entry of (await volume.list(TEMPORARY_DIRECTORY)) ?? []) {
    if (entry.kind === 'file' && isTemporaryPath(`${TEMPORARY_DIRECTORY}/${entry.name}`)) {
      await volume.remove(`${TEMPORARY_DIRECTORY}/${entry.name}`)
    }
  }
  // Without damage, unreadable segments are covered by a checkpoint, and have reappeared after their removal.
  const covered = scan.damage === undefined ? scan.damaged : []
  for (const sequence of covered) await volume.remove(segmentPath(sequence))
  await segments.recycle(page.getU64('checkpoint'))
}

/** Before the next segment begins: afterwards one of these names may be its own. */
async function removeStrays(volume: Volume, { strays }: JournalScan): Promise<void> {
  for (const name of strays) {
    const path = `${JOURNAL_DIRECTORY}/${name}`
    if (!isSpareName(name) && path !== RESERVE_FILE) await volume.remove(path)
  }
}
