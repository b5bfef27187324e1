import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseDisk } from '../../../src/disk/choose-disk.js'
import type { Disk } from '../../../src/disk/disk.js'
import { encodeCheckpoint } from '../../../src/format/frame.js'
import { segmentPath } from '../../../src/format/layout.js'
import { decodeRecords, encodeExternal, OperationKind } from '../../../src/format/record.js'
import { tempDirectory } from '../../support/temp.js'
import { mountTmpfs, NEEDS_ROOT } from './mount.js'
import {
  beginSegment,
  check,
  codes,
  create,
  failure,
  framesOf,
  isRoot,
  openJournal,
  openVolume,
  operation,
  readable,
  remove,
  replace,
  request,
  text,
  VOLUME_OPTIONS,
} from './support.js'

const DISKS: readonly (readonly [Disk, Disk])[] = [
  [chooseDisk('native'), chooseDisk('portable')],
  [chooseDisk('portable'), chooseDisk('native')],
]

describe('the native and the portable disk', () => {
  it('leave the same bytes behind after the same calls', async () => {
    const [native, portable] = await Promise.all(
      DISKS.map(async ([disk]) => await snapshotAfterWork(disk)),
    )
    expect(native?.size).toBeGreaterThan(8)
    expect(portable).toEqual(native)
  })

  it.each(DISKS)('read what the other wrote, and go on there (%#)', async (first, second) => {
    const directory = await tempDirectory()
    const before = await openJournal(first, directory)
    await before.committer.commit(request([[create('a', 'A'), create('d/b', 'B')]]))
    await before.committer.commit(request([[replace('a', 'AA')], [remove('d/b')]]))
    const position = before.committer.page.position
    await before.volume.close()

    const volume = await openVolume(second, directory)
    expect(readable(await volume.read('a'))).toBe('AA')
    expect(await volume.stat('d')).toBeUndefined()
    const frames = await framesOf(volume)
    expect(frames.map(({ header }) => header.lsn)).toEqual([1, 2])
    expect(frames.at(-1)?.end).toEqual(position)
    expect(decodeRecords(frames[1]?.payload ?? text('x'))).toEqual([
      [replace('a', 'AA')],
      [remove('d/b')],
    ])
    const committer = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
    committer.page.setU64('published', position.lsn)
    await beginSegment(volume, committer, 2)
    const reply = await committer.commit(request([[create('c', 'C')]]))
    expect(reply).toMatchObject({ status: 'committed', to: { segment: 2, lsn: 3 } })
  })

  it.each(DISKS)('do not open a store that the other has open (%#)', async (first, second) => {
    const directory = await tempDirectory()
    const { volume } = await openJournal(first, directory)
    const presence = await volume.lock('.presence', 'shared', { timeoutMs: 0 })
    const refused = await failure(openAndAttend(second, directory))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner' })
    await presence.release()
    await volume.close()
    await openAndAttend(second, directory)
  })

  it('withdraw a transaction that a disk without inodes could not publish', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    // On tmpfs a second name takes an inode too, which the portable disk needs for a moment.
    const directory = await mountTmpfs(await tempDirectory(), 'size=4m,nr_inodes=24')
    const { volume, committer } = await openJournal(chooseDisk('portable'), directory)
    const { freeInodes } = await volume.space()
    for (let index = 3; index < freeInodes; index++) {
      await volume.write('.tmp/fill', text('x'), { replace: true, flush: false })
      await volume.rename('.tmp/fill', `fill${index}`, { replace: true })
    }
    const reply = await committer.commit(request([[create('a', 'A')], [create('b', 'B')]]))
    expect(codes(reply)).toEqual([undefined, 'ENOSPC'])
    expect(reply.to.lsn).toBe(2)
    expect(await volume.stat('b')).toBeUndefined()
    expect(readable(await volume.read('a'))).toBe('A')
    expect((await framesOf(volume)).map(({ header }) => header.kind)).toEqual([0, 2])
  })
})

/** As the engine does it: a process that has the store open holds its presence file. */
async function openAndAttend(disk: Disk, directory: string): Promise<void> {
  const volume = await disk.openVolume(directory, VOLUME_OPTIONS)
  try {
    const presence = await volume.lock('.presence', 'shared', { timeoutMs: 0 })
    await presence.release()
  } finally {
    await volume.close()
  }
}

/** Every file with its mode and bytes, after one of everything. */
async function snapshotAfterWork(disk: Disk): Promise<Map<string, string>> {
  const directory = await tempDirectory()
  const { volume, committer } = await openJournal(disk, directory)
  await volume.write('.holdfast.json', text('{}'), { replace: false, flush: true })
  await volume.write('d/plain', text('plain'), { replace: false, flush: true })
  await volume.write('.tmp/staged.tmp.big', new Uint8Array(1000), { replace: false, flush: true })
  const stagedPath = '.tmp/staged.tmp.big'
  const note = encodeExternal({ stagedPath, bytes: 1000, digest: new Uint8Array(32) })
  await committer.commit(
    request([
      [create('a', 'A'), create('d/e/b', 'B'.repeat(5000))],
      [create('d/plain', 'taken')],
      [check('a', 'absent'), create('checked', 'C'), check('d/plain', { holds: 'plain' })],
      [check('a', 'present')],
      [replace('d/plain', 'replaced'), remove('d/absent')],
      [operation(OperationKind.create, 'big', note, true)],
    ]),
  )
  await committer.commit(request([[replace('a', 'AA')], [remove('d/e/b')]], { flush: false }))
  const records = encodeCheckpoint(2)
  await committer.commit(request([], { kind: 'checkpoint', records }))
  await committer.redo(request([[create('r/s', 'redone')]]).records, { flush: true })
  expect((await volume.read(segmentPath(1)))?.length).toBeGreaterThan(0)
  await volume.close()
  return await snapshot(directory)
}

async function snapshot(directory: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const name of (await readdir(directory, { recursive: true })).sort()) {
    const path = join(directory, name)
    const { mode } = await stat(path)
    // The shared page is a hint of the moment, not part of the format's lasting bytes.
    const bytes = (await stat(path)).isFile() && name !== '.shared' ? await readFile(path) : ''
    found.set(name, `${mode.toString(8)} ${createHash('sha256').update(bytes).digest('hex')}`)
  }
  return found
}
