import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  endedSigns,
  judgeEntry,
  judgeRecord,
  listSigns,
  refuseToJudge,
  strandedOwner,
  sweepSigns,
} from '../../../src/disk/liveness.js'
import { bootId, ownRecord } from '../../../src/disk/process-start.js'
import { newSignName, signPath } from '../../../src/disk/sign-of-life.js'
import { isWindows, NO_SIGN } from '../../support/windows.js'
import { leaveOwnSign, leaveSilentSign, newSignPlace } from './signs.js'

const PID_OF_NONE = 2 ** 22 + 1
const ELSEWHERE = 'native-1-ffffffff-0123456789abcdef'
const isLinux = process.platform === 'linux'

describe.skipIf(isWindows)(`whether the process of a record runs (${NO_SIGN})`, () => {
  it('is decided by its sign, whatever its number says', async () => {
    const place = await newSignPlace()
    const { name } = await leaveOwnSign(place, 'portable')
    const own = await ownRecord(name)
    expect(await judgeRecord(place, { ...own, pid: PID_OF_NONE, boot_id: 'other' })).toBe('alive')
    const silent = await newSignName('portable')
    await leaveSilentSign(place, silent)
    // Another process may have got the number meanwhile.
    expect(await judgeRecord(place, { ...own, sign: silent, task: '' })).toBe('dead')
  })

  it('is alive while its thread exists, though it no longer listens', async ({ skip }) => {
    skip(!isLinux, 'needs a list of threads')
    const place = await newSignPlace()
    const silent = await newSignName('portable')
    await leaveSilentSign(place, silent)
    expect(await judgeRecord(place, await ownRecord(silent))).toBe('alive')
  })

  it('is decided by its number without a sign, on this boot alone', async ({ skip }) => {
    skip(!isLinux, 'needs an id for a boot')
    const place = await newSignPlace()
    const own = await ownRecord('')
    expect(await judgeRecord(place, own)).toBe('alive')
    expect(await judgeRecord(place, { ...own, pid: PID_OF_NONE })).toBe('dead')
    expect(await judgeRecord(place, { ...own, boot_id: 'other' })).toBe('dead')
    expect(await judgeRecord(place, { ...own, boot_id: '' })).toBe('unknown')
  })

  it('is unknown on a remote file system where another machine may have it', async () => {
    const place = { ...(await newSignPlace()), isRemote: true }
    const own = await ownRecord('')
    expect(await judgeRecord(place, { ...own, boot_id: 'other' })).toBe('unknown')
    const silent = await newSignName('portable')
    await leaveSilentSign(place, silent)
    expect(await judgeRecord(place, { ...own, boot_id: 'other', sign: silent })).toBe('unknown')
  })
})

describe.skipIf(isWindows)('the signs in a store', () => {
  it('are told by kind, those that do not listen yet too, and nothing else is one', async () => {
    const place = await newSignPlace()
    const native = await leaveOwnSign(place, 'native')
    const portable = await leaveOwnSign(place, 'portable')
    const unborn = `${await newSignName('native')}.new`
    await writeFile(join(place.directory, signPath(unborn)), '')
    await writeFile(join(place.directory, signPath('notes')), '')
    await place.makeDirectory(signPath(ELSEWHERE))
    const names = async (kind: 'native' | 'portable'): Promise<readonly string[]> =>
      (await listSigns(place, kind)).map(({ name }) => name).sort()
    expect(await names('native')).toEqual([native.name, unborn].sort())
    expect(await names('portable')).toEqual([portable.name])
  })

  it('of the dead are removed, and the living are counted and stay', async () => {
    const place = await newSignPlace()
    const living = await leaveOwnSign(place, 'native')
    await leaveSilentSign(place, await newSignName('native'))
    const damaged = await newSignName('native')
    await writeFile(join(place.directory, signPath(damaged)), 'half a rec')
    expect(await sweepSigns(place, await listSigns(place, 'native'))).toBe(1)
    expect((await listSigns(place, 'native')).map(({ name }) => name)).toEqual([living.name])
  })

  it('that are records are judged as records', async () => {
    const place = await newSignPlace()
    const name = await newSignName('native')
    await place.makeDirectory('.alive')
    await writeFile(join(place.directory, signPath(name)), JSON.stringify(await ownRecord('')))
    const entry = { name, kind: 'file', modifiedMs: 0 } as const
    expect(await judgeEntry(place, entry)).toBe('alive')
  })

  it('have ended when they are gone, unless another machine may still show them', async () => {
    const place = await newSignPlace()
    const living = await leaveOwnSign(place, 'native')
    const silent = await newSignName('native')
    await leaveSilentSign(place, silent)
    const gone = await newSignName('native')
    const asked = [living.name, silent, gone, ELSEWHERE, 'no name of a sign']
    expect([...(await endedSigns(place, asked))].sort()).toEqual([silent, gone, ELSEWHERE].sort())
    const remote = await endedSigns({ ...place, isRemote: true }, asked)
    expect(remote.has(ELSEWHERE)).toBe(false)
    expect(remote.has(gone) || (await bootId()) === '').toBe(true)
  })
})

describe.skipIf(isWindows)('an owner that no owner file names', () => {
  it('is none when the others only try to become it and go', async () => {
    const place = await newSignPlace()
    const own = await leaveOwnSign(place, 'portable')
    expect(await strandedOwner(place, own)).toBeUndefined()
    const other = await leaveOwnSign(place, 'portable')
    setTimeout(() => void other.withdraw(), 50)
    expect(await strandedOwner(place, own)).toBeUndefined()
  })
})

it('a process that cannot be judged is refused with the command that takes the store over', async () => {
  const place = await newSignPlace()
  const refused = refuseToJudge({ ...place, directory: '/store' }, '.owner', 7)
  expect(refused).toMatchObject({ code: 'ELOCKTIMEOUT', phase: 'owner', path: '.owner' })
  expect(refused.message).toContain('process 7 had the store open')
  expect(refused.message).toContain('holdfast doctor --take-over --dir /store')
})
