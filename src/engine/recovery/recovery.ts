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
  /** Files made anew from the journal. */
  readonly redone: number
  /** The damage of the journal that was opened all the same, and is in quarantine now. */
  readonly repaired: StorageError | undefined
  /** What was committed since the last checkpoint: flushed once it was redone, and news to what is derived. */
  readonly dirty: DirtyLog
  /** What the journal tells of and could not be restored. */
  readonly lost: readonly LostFile[]
}

/**
 * Recovery, by a process that holds the writer lock and is alone in the store: redo of every frame since the last
 * checkpoint, then a new epoch. A crash at any line of it leaves a journal that the next recovery reads the same way, and
 * so does a lack of space.
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
    // Where nothing is to be redone, the header of the next segment says so, and the end may be lost.
    if (!isEndFlushed && !scan.clean)
      await segments.withReserve(async () => await keepEnd(volume, scan))
    const redone = await segments.withReserve(
      async () => await redo(volume, committer, folded.values(), { lost }),
    )
    // Before the journal is shortened: it is all that knows of them.
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
    // A damaged journal does not tell all that has happened since then.
    const isWhole = scan.damage === undefined
    const dirty = isWhole ? dirtySince(scan) : new DirtyLog(committer.page.getU64('published'))
    return { redone, repaired: scan.damage, dirty, lost: [...lost.values()] }
  } catch (error) {
    // The journal is served as it is then. What loss of power could take back must not be shown.
    if (isOutOfSpace(error) && !isEndFlushed) await flushEnd(committer, scan)
    // Nobody is left whose page it is.
    if (isOutOfSpace(error)) committer.page.magic = 0
    throw error
  }
}

/**
 * A process may have died between writing its last frame and flushing it, or that flush has failed. The frame is redone
 * too, so it has to be on the disk before anything of it shows: else loss of power could leave a part of it. Written
 * anew, for a second flush of the same file proves nothing.
 */
async function keepEnd(volume: Volume, { end }: JournalScan): Promise<void> {
  if (end === undefined) return
  const path = segmentPath(end.position.segment)
  const bytes = await volume.readRange(path, 0, end.position.offset)
  if (bytes !== undefined) await volume.write(path, bytes, { replace: true, flush: true })
}

/** In its place, where there is no room to write it anew. */
async function flushEnd(committer: Committer, { end }: JournalScan): Promise<void> {
  if (end === undefined) return
  const { segment } = end.position
  await committer.useSegment(segment, segmentPath(segment))
  await committer.flush()
}

/**
 * Whether the last frame of the journal is known to have reached the disk. A process may have died before it could
 * flush it, or the flush has failed: then the frame stands in the page cache alone, and nothing may be built upon it.
 * Only the page of the boot in which it was written knows; where it does not, a new epoch begins.
 */
function isFlushed(page: SharedPage, { end }: JournalScan): boolean {
  if (end === undefined || page.state !== PageState.idle || page.salt !== end.salt) return false
  return page.getU64('durable') >= end.position.lsn
}

/**
 * The page of a store that nobody else has open is written anew: what it said before may be of another boot. Until the
 * new epoch stands, whoever finds this process dead has to recover again, and must not take the journal's end for
 * flushed: first of all the page says so.
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
  // Why the store was not closed nobody knows: the flush of its last segment may have failed.
  page.setU64('spoiled', isClean ? 0 : page.getU64('segment'))
  page.generation = lsn
  // Who has not joined the store believes the rest from now on.
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
  // The journal's first segment: its directory may be new as well, and nobody has flushed that entry yet.
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
  // Without damage, what cannot be read is covered by a checkpoint, and back from its removal.
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
