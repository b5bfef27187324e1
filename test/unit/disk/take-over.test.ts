import { readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { portableDisk } from '../../../src/disk/portable/portable-disk.js'
import { ownRecord } from '../../../src/disk/process-start.js'
import { newSignName, signPath } from '../../../src/disk/sign-of-life.js'
import { takeOverByHand } from '../../../src/disk/take-over.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_SIGN } from '../../support/windows.js'
import { failure, openVolume } from './support.js'
import { leaveOwnSign, newSignPlace } from './signs.js'

/** Of a process that cannot be judged from here: it is in another container. */
const elsewhere = async (): Promise<string> =>
  JSON.stringify({ ...(await ownRecord('')), pid: 4711, pid_namespace: 'pid:[1]' })

describe.runIf(process.platform === 'linux')('a takeover by hand', () => {
  it('removes an owner that cannot be judged, and the store opens again', async () => {
    const directory = await tempDirectory()
    await writeFile(join(directory, '.owner'), await elsewhere())
    expect((await failure(openVolume(portableDisk, directory))).code).toBe('ELOCKTIMEOUT')
    expect(await takeOverByHand(directory)).toEqual([{ path: '.owner', pid: 4711 }])
    expect(await readdir(directory)).not.toContain('.owner')
    await openVolume(portableDisk, directory)
  })

  it('removes the record of a native process that cannot be judged', async () => {
    const place = await newSignPlace()
    const name = await newSignName('native')
    await place.makeDirectory('.alive')
    await writeFile(join(place.directory, signPath(name)), await elsewhere())
    const taken = await takeOverByHand(place.directory)
    expect(taken).toEqual([{ path: signPath(name), pid: process.pid }])
    expect(await takeOverByHand(place.directory)).toEqual([])
  })

  it('removes what no disk has written in the place of the owner file', async () => {
    const directory = await tempDirectory()
    await symlink('/nowhere', join(directory, '.owner'))
    expect(await takeOverByHand(directory)).toEqual([{ path: '.owner', pid: 0 }])
    expect(await readdir(directory)).toEqual([])
  })
})

describe('a takeover by hand of a store that is in use', () => {
  it('is refused by an owner that answers, whose file stays', async () => {
    const directory = await tempDirectory()
    await openVolume(portableDisk, directory)
    expect(await failure(takeOverByHand(directory))).toMatchObject({
      code: 'ELOCKTIMEOUT',
      phase: 'owner',
    })
    expect(await readdir(directory)).toContain('.owner')
  })

  it('is refused by a native process that answers', async ({ skip }) => {
    skip(isWindows, NO_SIGN)
    const place = await newSignPlace()
    const sign = await leaveOwnSign(place, 'native')
    const refused = await failure(takeOverByHand(place.directory))
    expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner', path: '.presence' })
    expect(await readdir(join(place.directory, '.alive'))).toEqual([sign.name])
  })

  it('finds nothing to take in a directory without signs', async () => {
    expect(await takeOverByHand(await tempDirectory())).toEqual([])
  })
})
