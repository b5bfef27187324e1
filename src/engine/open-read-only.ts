import { nowMs } from '../base/clock.js'
import { DiskError } from '../disk/disk-error.js'
import type { Committer, Lock, Volume } from '../disk/disk.js'
import type { LostFile } from '../document/lost-list.js'
import { PAGE_BYTES, SharedPage } from '../document/page.js'
import type { ResolvedDirectoryOptions } from './directory-options.js'
import { dirtySince } from './dirty-log.js'
import { Follower } from './follower.js'
import { scanJournal } from './journal-scan.js'
import type { OpenParts } from './open-directory.js'
import { initialisePage } from './recovery.js'
import { foldEntries } from './redo.js'
import { Segments } from './segments.js'
import { serveFromJournal } from './serve-journal.js'

/**
 * Opens a store on a file system that is mounted read-only. What a crash has left in the journal is served from there,
 * as it is when recovery finds no space. The page is this handle's own: nobody can commit through this mount.
 */
export async function openReadOnly(
  volume: Volume,
  options: ResolvedDirectoryOptions,
): Promise<OpenParts> {
  const scan = await scanJournal(volume)
  if (scan.damage !== undefined && !options.repairJournal) throw scan.damage
  const lost = new Map<string, LostFile>()
  const overlay = await serveFromJournal(volume, foldEntries(scan.entries), {
    nowMs,
    lost,
  })
  const page = new SharedPage(new ArrayBuffer(PAGE_BYTES))
  initialisePage(page, scan, scan.clean)
  const committer = new SealedCommitter(page)
  return {
    volume,
    committer,
    presence: new NoLock(),
    segments: new Segments(volume, committer, options),
    follower: new Follower(volume, page),
    dirty: dirtySince(scan),
    overlay,
    lost: [...lost.values()],
    repaired: scan.damage,
    wasAlone: true,
  }
}

/** The write side of a journal that nobody can write. */
class SealedCommitter implements Committer {
  readonly page: SharedPage
  readonly pageInode = 0n

  constructor(page: SharedPage) {
    this.page = page
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

class NoLock implements Lock {
  readonly mode = 'shared'

  async downgrade(): Promise<void> {}

  async release(): Promise<void> {}
}
