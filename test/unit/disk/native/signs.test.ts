import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { attend, nativeSignPlace } from '../../../../src/disk/native/signs.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { newSignName, parseSignName, signPath } from '../../../../src/disk/sign-of-life.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_SIGN } from '../../../support/windows.js'
import { disk } from '../../native/support.js'
import { leaveOwnSign, leaveSilentSign } from '../signs.js'
import { failure, openVolume } from '../support.js'

const AT_ONCE = { timeoutMs: 0 }

async function signsIn({ directory }: Volume): Promise<string[]> {
  return await readdir(join(directory, '.alive')).catch(() => [])
}

describe.skipIf(isWindows)(`the sign that goes with the presence lock (${NO_SIGN})`, () => {
  it('is in the store while the lock is held, and no other lock has one', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    await volume.lock('.lock', 'shared', AT_ONCE)
    expect([volume.sign, await signsIn(volume)]).toEqual(['', []])
    const presence = await volume.lock('.presence', 'shared', AT_ONCE)
    expect(parseSignName(volume.sign)).toMatchObject({ kind: 'native', pid: process.pid })
    expect(await signsIn(volume)).toEqual([volume.sign])
    await Promise.all([presence.release(), presence.release()])
    expect([volume.sign, await signsIn(volume)]).toEqual(['', []])
  })

  it('is withdrawn, and the lock released, when the volume closes', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    await volume.lock('.presence', 'exclusive', AT_ONCE)
    await volume.close()
    expect(await signsIn(volume)).toEqual([])
    const next = await openVolume(disk(), directory)
    await next.lock('.presence', 'exclusive', AT_ONCE)
  })

  it('is not left where the portable disk has the store', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(disk(), directory)
    await openVolume(portableDisk, directory)
    const before = await signsIn(volume)
    const refused = await failure(volume.lock('.presence', 'shared', AT_ONCE))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner' })
    expect(await signsIn(volume)).toEqual(before)
  })
})

describe.skipIf(isWindows)('one that wants to be alone in the store', () => {
  it('is not while another answers whose lock file was removed, and removes the dead', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    const place = nativeSignPlace(volume, 0o600)
    await leaveSilentSign(place, await newSignName('native'))
    const other = await leaveOwnSign(place, 'native')
    await rm(join(volume.directory, '.presence'), { force: true })
    const refused = await failure(attend(volume, place, 'exclusive'))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'lock', path: '.presence' })
    expect(await signsIn(volume)).toEqual([other.name])
    await other.withdraw()
    const sign = await attend(volume, place, 'exclusive')
    expect(await signsIn(volume)).toEqual([sign.name])
    await sign.withdraw()
  })

  it('is left to sweep: one of several leaves a few signs of the dead, and not many', async () => {
    const volume = await openVolume(disk(), await tempDirectory())
    const place = nativeSignPlace(volume, 0o600)
    await place.makeDirectory('.alive')
    const leaveDead = async (): Promise<void> =>
      await writeFile(join(volume.directory, signPath(await newSignName('native'))), 'no record')
    for (let at = 0; at < 32; at++) await leaveDead()
    const first = await attend(volume, place, 'shared')
    expect(await signsIn(volume)).toHaveLength(33)
    await leaveDead()
    const second = await attend(volume, place, 'shared')
    expect((await signsIn(volume)).sort()).toEqual([first.name, second.name].sort())
    await first.withdraw()
    await second.withdraw()
  })
})
