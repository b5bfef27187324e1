import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { readHeader, scanJournal } from '../../../../src/engine/journal/scan.js'
import { Segments } from '../../../../src/engine/journal/segments.js'
import { readLostList } from '../../../../src/engine/recovery/lost-list-file.js'
import { recover, type RecoveryReport } from '../../../../src/engine/recovery/recovery.js'
import { BLOCK_BYTES, encodeCheckpoint, FRAME_HEADER_BYTES } from '../../../../src/format/frame.js'
import {
  JOURNAL_DIRECTORY,
  LOCK_FILE,
  PAGE_FILE,
  segmentPath,
  TEMPORARY_DIRECTORY,
} from '../../../../src/format/layout.js'
import { PAGE_MAGIC, PageState, type SharedPage } from '../../../../src/format/page.js'
import { intercepted } from '../../../support/intercepted.js'
import { flipByte } from '../../../support/journal.js'
import { tempDirectory } from '../../../support/temp.js'
import {
  beginSegment,
  create,
  openJournal,
  readable,
  remove,
  replace,
  request,
  SEGMENT_BYTES,
  text,
} from '../../disk/support.js'

interface Made {
  readonly volume: Volume
  committer: Committer
  readonly recover: (given?: Volume, repairJournal?: boolean) => Promise<RecoveryReport>
}

async function journal(): Promise<Made> {
  const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
  const limits = { segmentBytes: SEGMENT_BYTES, journalBytes: SEGMENT_BYTES }
  const made: Made = {
    volume,
    committer,
    recover: async (given = volume, repairJournal = false) => {
      const segments = new Segments(given, made.committer, limits)
      return await recover(given, made.committer, segments, repairJournal)
    },
  }
  return made
}

/** As after a loss of power: no process has the segment open, and nothing is known of what was flushed. */
async function losePower(made: Made): Promise<SharedPage> {
  await made.committer.close()
  made.committer = await made.volume.openCommitter({ lockPath: LOCK_FILE, pagePath: PAGE_FILE })
  const { page } = made.committer
  page.erase()
  page.magic = 0
  page.state = PageState.idle
  return page
}

async function note(committer: Committer, lsn: number): Promise<void> {
  const records = encodeCheckpoint(lsn)
  await committer.commit(request([], { kind: 'checkpoint', records, transactionCount: 0 }))
}

describe('recovery', () => {
  it('makes the files match the journal, and begins a new epoch that covers it', async () => {
    const made = await journal()
    const { volume, committer, recover } = made
    await committer.commit(request([[create('a', 'old'), create('b', 'b')]]))
    await committer.commit(request([[replace('a', 'new'), remove('b')], [create('d/c', 'c')]]))
    for (const path of ['a', 'd/c']) await volume.remove(path)
    await volume.write('b', text('b'), { replace: false, flush: false })
    const page = await losePower(made)
    const report = await recover()
    expect(report).toMatchObject({ redone: 3, repaired: undefined, lost: [] })
    expect(report.dirty.since(1)?.map(({ path }) => path)).toEqual(['a', 'b', 'd/c'])
    expect(readable(await volume.read('a'))).toBe('new')
    expect(await volume.read('b')).toBeUndefined()
    expect(readable(await volume.read('d/c'))).toBe('c')
    expect([page.magic, page.state, page.generation]).toEqual([PAGE_MAGIC, PageState.idle, 2])
    expect(page.position).toMatchObject({ segment: 2, lsn: 2 })
    expect(await readHeader(volume, 2)).toMatchObject({ firstLsn: 3, checkpointLsn: 2 })
    expect((await scanJournal(volume)).entries).toEqual([])
    // The flush of the segment before may have failed: it is not used again.
    expect(await volume.stat(segmentPath(1))).toBeUndefined()
    expect(await readdir(join(volume.directory, JOURNAL_DIRECTORY))).toEqual(['000000000002.log'])
  })

  it('has nothing to do after a store that was closed, and goes on in its segment', async () => {
    const made = await journal()
    const { volume, committer, recover } = made
    await committer.commit(request([[create('a', 'a')]]))
    await note(committer, 1)
    await volume.write('a', text('edited'), { replace: true, flush: false })
    expect(await recover()).toMatchObject({ redone: 0, lost: [] })
    expect(readable(await volume.read('a'))).toBe('edited')
    const { page } = committer
    expect(page.position).toMatchObject({ segment: 1, lsn: 2 })
    expect([page.state, page.getU64('checkpoint'), page.getU64('spoiled')]).toEqual([0, 1, 0])
    // After a loss of power nothing shows that this was flushed.
    const blank = await losePower(made)
    await recover()
    expect(blank.position).toMatchObject({ segment: 2, lsn: 2 })
    expect(blank.getU64('spoiled')).toBe(1)
  })

  it('removes what a crash has left under its own names, and nothing else', async () => {
    const { volume, committer, recover } = await journal()
    await committer.commit(request([[create('a', 'a')]]))
    await note(committer, 1)
    const at = (name: string): string => join(volume.directory, name)
    const own = [`${TEMPORARY_DIRECTORY}/staged.tmp.1`, `${JOURNAL_DIRECTORY}/filling-2.log`]
    const foreign = `${TEMPORARY_DIRECTORY}/notes.txt`
    for (const name of [...own, foreign]) await writeFile(at(name), 'x')
    await recover()
    const left = await Promise.all([...own, foreign].map(async (name) => await volume.stat(name)))
    expect(left.map((stat) => stat !== undefined)).toEqual([false, false, true])
  })

  it('refuses a damaged journal as it is, and puts it into quarantine when told to repair', async () => {
    const made = await journal()
    const { volume, committer, recover } = made
    for (const path of ['a', 'b', 'c']) await committer.commit(request([[create(path, path)]]))
    await beginSegment(volume, committer, 2)
    const damaged = join(volume.directory, segmentPath(1))
    await flipByte(damaged, 2 * BLOCK_BYTES + FRAME_HEADER_BYTES)
    for (const path of ['a', 'c']) await rm(join(volume.directory, path))
    await losePower(made)
    await expect(recover()).rejects.toMatchObject({ code: 'FS-JOURNAL-001', context: { lsn: 2 } })
    expect(await volume.stat('a')).toBeUndefined()
    const report = await recover(volume, true)
    expect(report).toMatchObject({ redone: 1, repaired: { code: 'FS-JOURNAL-001' } })
    expect(readable(await volume.read('a'))).toBe('a')
    expect(await volume.stat('c')).toBeUndefined()
    expect(report.dirty.since(0)).toBeUndefined()
    const kept = await readdir(join(volume.directory, '.quarantine', JOURNAL_DIRECTORY))
    expect(kept.sort()).toEqual(['000000000001.log', '000000000002.log'])
    expect((await scanJournal(volume)).damage).toBeUndefined()
  })

  it('lists what it cannot restore before the journal is shortened', async () => {
    const made = await journal()
    const { volume, committer, recover } = made
    await committer.commit(request([[create('a', 'a'), create('b', 'b')]]))
    await volume.remove('a')
    await mkdir(join(volume.directory, 'a'))
    await writeFile(join(volume.directory, 'a/foreign'), 'x')
    await volume.remove('b')
    await losePower(made)
    const { lost } = await recover()
    expect(lost).toMatchObject([{ path: 'a', reason: 'obstructed' }])
    expect(readable(await volume.read(lost[0]?.kept_as ?? ''))).toBe('a')
    expect((await readLostList(volume.read.bind(volume))).list.files).toEqual(lost)
    expect(readable(await volume.read('b'))).toBe('b')
  })

  it('leaves a journal that is read the same way when it runs out of space', async () => {
    const made = await journal()
    const { volume, committer, recover } = made
    await committer.commit(request([[create('a', 'a')]]))
    await volume.remove('a')
    const page = await losePower(made)
    const crowded = intercepted(volume, (name, call) =>
      name === 'createSegment' ? Promise.reject(new DiskError('ENOSPC', 'write', '')) : call(),
    )
    await expect(recover(crowded)).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(page.magic).toBe(0)
    await volume.remove('a')
    await losePower(made)
    expect(await recover()).toMatchObject({ redone: 1 })
    expect(readable(await volume.read('a'))).toBe('a')
  })

  it('begins the journal of a new store', async () => {
    const made = await journal()
    const { volume, recover } = made
    const page = await losePower(made)
    await volume.remove(segmentPath(1))
    expect(await recover()).toMatchObject({ redone: 0, lost: [] })
    expect(await readHeader(volume, 1)).toMatchObject({ firstLsn: 1, checkpointLsn: 0 })
    expect(page.position).toEqual({ segment: 1, offset: BLOCK_BYTES, lsn: 0, chain: 0 })
  })
})
