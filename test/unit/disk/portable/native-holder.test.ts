import { spawn, spawnSync } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nativeHolder } from '../../../../src/disk/portable/native-holder.js'
import { livingOwner, portableSignPlace } from '../../../../src/disk/portable/owner.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { PortableRoot } from '../../../../src/disk/portable/root.js'
import { ownRecord } from '../../../../src/disk/process-start.js'
import { newSignName, signPath } from '../../../../src/disk/sign-of-life.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_SIGN } from '../../../support/windows.js'
import { mountBtrfs } from '../mount.js'
import { leaveOwnSign, leaveSilentSign, newSignPlace } from '../signs.js'
import { failure, openVolume, VOLUME_OPTIONS } from '../support.js'
import { held } from './holder.js'

describe('a native process in the store', () => {
  it('keeps the portable disk out', async ({ skip }) => {
    skip(process.platform !== 'linux', 'only Linux lists the locks of other processes')
    const directory = await tempDirectory()
    const locker = spawn(
      'sh',
      ['-c', 'exec 9>"$0/.presence"; flock -s 9; echo locked; exec sleep 60', directory],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const holder = await held(locker)
    const refused = await failure(portableDisk.openVolume(directory, VOLUME_OPTIONS))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner' })
    expect(refused.message).toMatch(
      /process( \d+|.*\(\d+\)) has the store open through the native disk, and the portable disk cannot share it/,
    )
    const place = await portableSignPlace(new PortableRoot(directory, 0o600, 0o700))
    expect(await livingOwner(place)).toBeUndefined()
    await holder.kill()
    await openVolume(portableDisk, directory)
  })

  it('of another btrfs, whose file has the same number, keeps no process out', async ({ skip }) => {
    const made = spawnSync('mkfs.btrfs', ['--version'])
    skip(process.getuid?.() !== 0 || made.error !== undefined, 'needs root and mkfs.btrfs')
    const [own, other] = [await mountBtrfs(), await mountBtrfs()]
    for (const directory of [own, other]) {
      await (await portableDisk.openVolume(directory, VOLUME_OPTIONS)).close()
      await writeFile(join(directory, '.presence'), '')
    }
    const numbers = await Promise.all(
      [own, other].map(async (directory) => (await stat(join(directory, '.presence'))).ino),
    )
    expect(numbers[0]).toBe(numbers[1])
    // Without a fork: the lock is listed under the number of the process that took it.
    const locker = spawn(
      'flock',
      ['-s', '-F', join(other, '.presence'), 'sh', '-c', 'echo locked; exec sleep 60'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const holder = await held(locker)
    await openVolume(portableDisk, own)
    const refused = await failure(portableDisk.openVolume(other, VOLUME_OPTIONS))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner' })
    await holder.kill()
  })
})

describe.skipIf(isWindows)(`the process that has the store natively (${NO_SIGN})`, () => {
  it('is the first whose sign answers; the signs of the dead and of portable ones are none', async () => {
    const place = await newSignPlace()
    await leaveSilentSign(place, await newSignName('native'))
    await leaveOwnSign(place, 'portable')
    expect(await nativeHolder(place)).toBeUndefined()
    await leaveOwnSign(place, 'native')
    expect(await nativeHolder(place)).toEqual({ pid: process.pid, life: 'alive' })
  })

  it('may be one that this process cannot judge', async ({ skip }) => {
    skip(process.platform !== 'linux', 'needs namespaces')
    const place = await newSignPlace()
    const name = await newSignName('native')
    const record = { ...(await ownRecord('')), pid_namespace: 'pid:[1]' }
    await place.makeDirectory('.alive')
    await writeFile(join(place.directory, signPath(name)), JSON.stringify(record))
    expect(await nativeHolder(place)).toEqual({ pid: process.pid, life: 'unknown' })
    const refused = await failure(openVolume(portableDisk, place.directory))
    expect(refused.message).toContain('holdfast doctor --take-over')
  })
})
