import { describe, expect, it } from 'vitest'
import { ownRecord } from '../../../src/disk/process-start.js'
import {
  bytesOf,
  isHeld,
  isLockFile,
  parseLock,
  pathOf,
  type LockRecord,
} from '../../../src/locks/lock-record.js'

async function record(expiresAt: number): Promise<LockRecord> {
  const process = await ownRecord('')
  return { name: 'a', token: 7, expires_at: expiresAt, holder: 'h', process }
}

describe('the record of a lock', () => {
  it('is read as it was written, and refused when it is damaged', async () => {
    const written = await record(Date.now())
    expect(parseLock(bytesOf(written), 'x.json')).toEqual(written)
    expect(() => parseLock(Buffer.from('{"token":'), 'x.json')).toThrow(
      expect.objectContaining({ code: 'FS-LOAD-001', context: { path: 'x.json' } }),
    )
  })

  it('is held until its time is over, or its process ends', async () => {
    expect(await isHeld(await record(Date.now() + 60_000))).toBe(true)
    expect(await isHeld(await record(Date.now() - 1))).toBe(false)
    const { process: own, ...rest } = await record(Date.now() + 60_000)
    const ended = { ...own, pid: 2 ** 22 + 1 }
    if (process.platform === 'linux') expect(await isHeld({ ...rest, process: ended })).toBe(false)
  })

  it('has a file whose name says nothing of the lock', () => {
    expect(isLockFile(pathOf('../etc/passwd'))).toBe(true)
    expect(isLockFile('.holdfast.json')).toBe(false)
  })
})
