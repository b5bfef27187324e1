import { describe, expect, it } from 'vitest'
import {
  AS_MADE,
  checkInPlace,
  giveAway,
  ownershipOf,
  SETGID,
  type FileOwnership,
} from '../../../src/disk/file-ownership.js'
import { isWindows, NO_MODES } from '../../support/windows.js'
import { failure, isRoot } from './support.js'

const STRANGER = 54_321
const GROUP = 54_322

describe.skipIf(isWindows)(`whose files a volume has (${NO_MODES})`, () => {
  it('hands the group of a setgid directory on, and no other', () => {
    const own = process.geteuid?.() ?? 0
    const plain = ownershipOf({ mode: 0o40_755, uid: own, gid: GROUP }, true)
    expect(plain).toMatchObject({ user: undefined, group: undefined, setgid: 0, isShared: false })
    const inherited = ownershipOf({ mode: 0o40_775 | SETGID, uid: own, gid: GROUP }, true)
    expect(inherited).toMatchObject({ user: undefined, group: GROUP, setgid: SETGID })
    expect(inherited.isShared).toBe(true)
  })

  it('gives what the superuser makes to the user of the directory', ({ skip }) => {
    skip(!isRoot, 'needs root')
    const given = ownershipOf({ mode: 0o40_755, uid: STRANGER, gid: GROUP }, true)
    expect(given).toMatchObject({ user: STRANGER, group: GROUP, volumeUser: STRANGER })
  })
})

describe('a file that would be written in place', () => {
  const own = process.geteuid?.() ?? 0
  const check = (nlink: number, uid: number, more: Partial<FileOwnership> = {}): string => {
    try {
      checkInPlace({ nlink, uid }, 'file', { ...AS_MADE, ...more })
      return 'fine'
    } catch (error) {
      const { code, reason } = error as { code: string; reason: string }
      return `${code} ${reason}`
    }
  }

  it('is refused when it has a second name, unless the file system may say so wrongly', () => {
    expect(check(2, own)).toBe('EMLINK hard_link')
    expect(check(2, own, { areLinksKnown: false })).toBe('fine')
    expect(check(1, own)).toBe('fine')
  })

  it.skipIf(isWindows)('is refused when it belongs to a user who has no part in the volume', () => {
    expect(check(1, STRANGER)).toBe('EPERM file_owner')
    expect(check(1, STRANGER, { volumeUser: STRANGER })).toBe('fine')
    expect(check(1, STRANGER, { isShared: true })).toBe('fine')
    expect(check(1, 0)).toBe('fine')
  })
})

describe('giving a file away', () => {
  const found = { uid: 1, gid: 2 }
  const file = (answer: () => Promise<void>) => {
    const given: number[][] = []
    const chown = async (...ids: number[]): Promise<void> => {
      given.push(ids)
      await answer()
    }
    return { given, chown }
  }
  const refuse = async (): Promise<never> =>
    await Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }))

  it('asks the system only for what is not so already', async () => {
    const asked = file(async () => await Promise.resolve())
    await giveAway(asked, 'file', found, { ...AS_MADE, user: 1, group: 2 })
    await giveAway(asked, 'file', found, AS_MADE)
    expect(asked.given).toEqual([])
    await giveAway(asked, 'file', found, { ...AS_MADE, group: 3 })
    expect(asked.given).toEqual([[1, 3]])
  })

  it('goes on without a group that this process is not in, but not without the user', async () => {
    await giveAway(file(refuse), 'file', found, { ...AS_MADE, group: 3 })
    const refused = await failure(giveAway(file(refuse), 'file', found, { ...AS_MADE, user: 3 }))
    expect(refused).toMatchObject({ code: 'EPERM', syscall: 'fchown', path: 'file' })
  })
})
