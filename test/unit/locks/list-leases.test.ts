import { describe, expect, it } from 'vitest'
import { FileLocks } from '../../../src/locks/file-locks.js'
import { listLeases } from '../../../src/locks/list-leases.js'
import { filled } from '../cli/here.js'
import { tempDirectory } from '../../support/temp.js'

describe('the leases of a directory', () => {
  it('are those that are held, with their holder and their times', async () => {
    const directory = await tempDirectory()
    await using locks = await FileLocks.open(directory)
    const released = await locks.acquire('released')
    await released.release()
    const before = Date.now()
    const lease = await locks.acquire('nightly', { ttlMs: 60_000 })
    const [held, ...others] = await listLeases(directory)
    expect(others).toEqual([])
    expect(held).toMatchObject({ name: 'nightly', pid: process.pid, token: lease.token })
    expect(Date.parse(held?.since ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(held?.expires_at ?? '')).toBeGreaterThanOrEqual(before + 60_000)
    await lease.release()
    expect(await listLeases(directory)).toEqual([])
  })

  it('do not exist in a store of another kind', async () => {
    expect(await listLeases(await filled())).toEqual([])
    await expect(listLeases(`${await tempDirectory()}/missing`)).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
    })
  })
})
