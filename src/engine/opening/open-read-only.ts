import { sleep } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import type { LostFile } from '../../base/channels.js'
import { PAGE_BYTES, SharedPage } from '../../format/page.js'
import { decodeExternal, OperationKind } from '../../format/record.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'
import { dirtySince } from '../journal/dirty-log.js'
import { Follower, LockFreeFollower } from '../journal/follower.js'
import { JournalOverlay } from '../journal/overlay.js'
import { scanJournal, type JournalEntry, type JournalScan } from '../journal/scan.js'
import { Journal } from '../journal/journal.js'
import type { OpenedJournal } from './open-directory.js'
import type { ReadOnlyBecause } from './opening.js'
import { PageReader } from '../journal/page-reader.js'
import { initialisePage } from '../recovery/recovery.js'
import { lookAt, noteLost, type LossNotes } from '../recovery/redo-external.js'
import { Segments } from '../journal/segments.js'
import { UnprovenTail } from '../journal/unproven-tail.js'

/**
 * Opens a store without joining it: no lock is taken and nothing is written, so others may have it open in any way. The
 * journal's contents since the last checkpoint are served from memory, as when recovery finds no space.
 */
export async function openReadOnly(
  volume: Volume,
  options: ResolvedDirectoryOptions,
  because: ReadOnlyBecause,
): Promise<OpenedJournal> {
  const page = await PageReader.of(volume)
  const tail = new UnprovenTail(volume)
  const { scan, isWritten } = await scanSteadily(volume, page, tail)
  if (scan.damage !== undefined && !options.repairJournal) throw scan.damage
  const lost = new Map<string, LostFile>()
  // Beside a writing process, a missing file may just have been replaced.
  const overlay = isWritten
    ? new JournalOverlay(scan.entries)
    : await serveFromJournal(volume, scan.entries, { lost })
  const dirty = dirtySince(scan)
  const covered = (lsn: number): void => dirty.forget(lsn)
  const committer = new SealedCommitter(scan)
  // A damaged journal cannot be followed past its damage.
  const follower =
    scan.damage === undefined
      ? new LockFreeFollower(volume, page, tail, { overlay, covered }, scan.end)
      : new Follower(volume, committer.page)
  const segments = new Segments(volume, committer, options)
  const journal = new Journal(
    { volume, committer, segments, follower, dirty },
    {
      readOnlyBecause: because,
      lost: [...lost.values()],
      repaired: scan.damage,
      wasAlone: true,
    },
    options,
  )
  return { volume, journal, overlay }
}

/**
 * What is served in place of files that could not be written, and what of it is lost: a large content that is missing
 * or does not match counts as removed.
 */
async function serveFromJournal(
  volume: Volume,
  entries: readonly JournalEntry[],
  notes: LossNotes,
): Promise<JournalOverlay> {
  const overlay = new JournalOverlay(entries)
  for (const { operation, lsn, timeMs } of overlay.all()) {
    if (!operation.external) continue
    const { path } = operation
    const external = decodeExternal(operation.content)
    const staged = await lookAt(volume, external.stagedPath, external)
    if (staged === 'whole') continue
    const inPlace = await lookAt(volume, path, external)
    if (inPlace === 'whole') overlay.remove(path)
    else {
      const isGone = staged === 'absent' && inPlace === 'absent'
      noteLost(volume, { path, reason: isGone ? 'content_gone' : 'content_damaged' }, notes)
      const nothing = { kind: OperationKind.remove, content: new Uint8Array(0), external: false }
      overlay.set({ path, ...nothing }, lsn, timeMs)
    }
  }
  return overlay
}

interface SteadyScan {
  readonly scan: JournalScan
  /** A process of this boot has written to the store, and may do so now. */
  readonly isWritten: boolean
}

const SCANS_MAX = 20
const LONGEST_PAUSE_MS = 50

/**
 * Reads the journal while others may write to it and recycle what was already read: apparent damage is checked again,
 * and counts only if it stays.
 */
async function scanSteadily(
  volume: Volume,
  page: PageReader,
  tail: UnprovenTail,
): Promise<SteadyScan> {
  for (let attempt = 1; ; attempt++) {
    const published = await page.published()
    const scan = await scanProven(volume, published, tail)
    const isWhole = scan.damage === undefined && (scan.end?.position.lsn ?? 0) >= (published ?? 0)
    if (isWhole || attempt === SCANS_MAX) {
      const isWritten = !(await page.isLeftBehind()) || (await tail.isWriterOfThisBoot())
      return { scan, isWritten }
    }
    await sleep(Math.min(attempt, LONGEST_PAUSE_MS))
  }
}

async function scanProven(
  volume: Volume,
  published: number | undefined,
  tail: UnprovenTail,
): Promise<JournalScan> {
  const scan = await scanJournal(volume, published)
  if (published !== undefined || (await tail.isProven(scan))) return scan
  return await scanJournal(volume, (scan.end?.position.lsn ?? 0) - 1)
}

/** The write side of a journal that is not written. Its page is this handle's own. */
class SealedCommitter implements Committer {
  readonly page: SharedPage = new SharedPage(new ArrayBuffer(PAGE_BYTES))
  readonly pageInode = 0n

  constructor(scan: JournalScan) {
    initialisePage(this.page, scan, scan.clean, '')
  }

  useSegment = refuse
  commit = refuse
  redo = refuse
  flush = refuse

  async lock(): Promise<void> {}

  async unlock(): Promise<void> {}

  async close(): Promise<void> {}
}

async function refuse(): Promise<never> {
  return await Promise.reject(new DiskError('EROFS', 'commit', ''))
}
