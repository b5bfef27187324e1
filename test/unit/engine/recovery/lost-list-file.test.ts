import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LostFile } from '../../../../src/base/channels.js'
import { DiskError } from '../../../../src/disk/disk-error.js'
import type { Committer, Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import {
  keepLost,
  NO_LOSSES,
  readLostList,
} from '../../../../src/engine/recovery/lost-list-file.js'
import { LOST_FILE } from '../../../../src/format/layout.js'
import { decodeLostList, encodeLostList, type LostList } from '../../../../src/format/lost-list.js'
import { openJournal, text } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const lost = (path: string, more: Partial<LostFile> = {}): LostFile => ({
  path,
  reason: 'content_gone',
  noticed_at: '2024-05-06T07:08:09.010Z',
  ...more,
})

async function made(list?: LostList): Promise<{
  readonly volume: Volume
  readonly committer: Committer
  readonly listed: () => Promise<LostList | undefined>
}> {
  const { volume, committer } = await openJournal(portableDisk, await tempDirectory())
  const bytes = list && encodeLostList(list)
  if (bytes) await volume.write(LOST_FILE, bytes, { replace: false, flush: false })
  const path = join(volume.directory, LOST_FILE)
  return { volume, committer, listed: async () => decodeLostList(await readFile(path)) }
}

describe('the list of lost files on the disk', () => {
  it('is empty where there is none, and read where there is one', async () => {
    const { volume } = await made()
    const none = await readLostList(volume.read.bind(volume))
    expect(none).toEqual({ bytes: undefined, list: NO_LOSSES, isDamaged: false })
    const list = { files: [lost('a')], omitted: 2 }
    const { volume: other } = await made(list)
    const found = await readLostList(other.read.bind(other))
    expect(found).toMatchObject({ list, isDamaged: false })
    expect(found.bytes).toEqual(await other.read(LOST_FILE))
  })

  it('is itself a lost file when it cannot be read, and keeps its bytes for a condition', async () => {
    const { volume } = await made()
    await volume.write(LOST_FILE, text('{"files"'), { replace: false, flush: false })
    const found = await readLostList(volume.read.bind(volume))
    expect(found.isDamaged).toBe(true)
    expect(Buffer.from(found.bytes ?? []).toString()).toBe('{"files"')
    expect(found.list).toMatchObject({
      files: [{ path: LOST_FILE, reason: 'content_damaged' }],
      omitted: 0,
    })
  })

  it('is damaged where a directory has its name, but a disk that fails is not damage', async () => {
    const { volume } = await made()
    await mkdir(join(volume.directory, LOST_FILE))
    const found = await readLostList(volume.read.bind(volume))
    expect(found).toMatchObject({ bytes: new Uint8Array(0), isDamaged: true })
    const failing = async (): Promise<never> =>
      await Promise.reject(new DiskError('EIO', 'read', LOST_FILE))
    await expect(readLostList(failing)).rejects.toMatchObject({ code: 'EIO' })
  })

  it('gets what recovery could not restore, behind what it had, each path once', async () => {
    const before = { files: [lost('a', { reason: 'removed' })], omitted: 4 }
    const { volume, committer, listed } = await made(before)
    await keepLost(volume, committer, [lost('a'), lost('b')])
    expect(await listed()).toEqual({ files: [...before.files, lost('b')], omitted: 4 })
  })

  it('is not touched when nothing is new', async () => {
    const { volume, committer, listed } = await made({ files: [lost('a')], omitted: 0 })
    const stamp = await volume.stat(LOST_FILE)
    await keepLost(volume, committer, [])
    await keepLost(volume, committer, [lost('a', { reason: 'obstructed' })])
    expect(await volume.stat(LOST_FILE)).toEqual(stamp)
    expect(await listed()).toEqual({ files: [lost('a')], omitted: 0 })
  })

  it('is written where it was damaged, with itself on it', async () => {
    const { volume, committer, listed } = await made()
    await volume.write(LOST_FILE, text('not a list'), { replace: false, flush: false })
    await keepLost(volume, committer, [lost('b')])
    expect((await listed())?.files.map(({ path }) => path)).toEqual([LOST_FILE, 'b'])
  })
})
