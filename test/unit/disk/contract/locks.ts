import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { besideVolume, failure, openVolume } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }
const SOON = { timeoutMs: 10_000 }

export function lockContract(makeDisk: () => Disk): void {
  besideVolume(makeDisk)('creates the lock file and keeps it', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    const lock = await volume.lock('.lock', 'exclusive', AT_ONCE)
    const { ino } = await stat(join(directory, '.lock'))
    await lock.release()
    expect((await stat(join(directory, '.lock'))).ino).toBe(ino)
  })

  it('lets many share and one exclude', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const first = await volume.lock('.lock', 'shared', AT_ONCE)
    const second = await volume.lock('.lock', 'shared', AT_ONCE)
    expect([first.mode, second.mode]).toEqual(['shared', 'shared'])
    expect(await failure(volume.lock('.lock', 'exclusive', AT_ONCE))).toMatchObject({
      code: 'ELOCKTIMEOUT',
      phase: 'lock',
      path: '.lock',
    })
    await first.release()
    await second.release()
    const alone = await volume.lock('.lock', 'exclusive', AT_ONCE)
    expect((await failure(volume.lock('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    await alone.release()
    await (await volume.lock('.lock', 'shared', AT_ONCE)).release()
  })

  it('lets others share after a downgrade', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const lock = await volume.lock('.lock', 'exclusive', AT_ONCE)
    await lock.downgrade()
    expect(lock.mode).toBe('shared')
    await volume.lock('.lock', 'shared', AT_ONCE)
    expect((await failure(volume.lock('.lock', 'exclusive', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
  })

  it('keeps locks of different names apart', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    await volume.lock('.lock', 'exclusive', AT_ONCE)
    const other = await volume.lock('.checkpoint', 'exclusive', AT_ONCE)
    expect(other.mode).toBe('exclusive')
  })

  it('waits for its turn, and no longer than its deadline', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const lock = await volume.lock('.lock', 'exclusive', AT_ONCE)
    const startedMs = performance.now()
    const late = await failure(volume.lock('.lock', 'exclusive', { timeoutMs: 60 }))
    expect(late.code).toBe('ELOCKTIMEOUT')
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(55)
    const waiting = volume.lock('.lock', 'exclusive', SOON)
    setTimeout(() => void lock.release(), 20)
    expect((await waiting).mode).toBe('exclusive')
  })

  it('rejects with the reason of the signal, and passes the turn on', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    const lock = await volume.lock('.lock', 'exclusive', AT_ONCE)
    const reason = new Error('no longer wanted')
    const stopped = AbortSignal.abort(reason)
    await expect(volume.lock('.lock', 'shared', { ...SOON, signal: stopped })).rejects.toBe(reason)
    const controller = new AbortController()
    const { signal } = controller
    const given = expect(volume.lock('.lock', 'shared', { ...SOON, signal })).rejects.toBe(reason)
    setTimeout(() => controller.abort(reason), 20)
    await given
    await lock.release()
    await (await volume.lock('.lock', 'exclusive', SOON)).release()
  })

  it('serves a crowd one by one', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    let inside = 0
    let most = 0
    const enter = async (): Promise<void> => {
      const lock = await volume.lock('.lock', 'exclusive', SOON)
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 2))
      inside--
      await lock.release()
    }
    await Promise.all(Array.from({ length: 12 }, enter))
    expect(most).toBe(1)
  })

  it('releases every lock when the volume is closed', async () => {
    const directory = await tempDirectory()
    const disk = makeDisk()
    const first = await openVolume(disk, directory)
    await first.lock('.lock', 'exclusive', AT_ONCE)
    const second = await openVolume(disk, directory)
    expect((await failure(second.lock('.lock', 'shared', AT_ONCE))).code).toBe('ELOCKTIMEOUT')
    await first.close()
    expect((await second.lock('.lock', 'exclusive', AT_ONCE)).mode).toBe('exclusive')
  })
}
