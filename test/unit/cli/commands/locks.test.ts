import { describe, expect, it } from 'vitest'
import { FileLocks } from '../../../../src/locks/file-locks.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'

describe('holdfast locks', () => {
  it('lists who has a store open, how and since when, while it is open', async () => {
    const dir = await filled()
    expect((await holdfastJson(['locks', '--dir', dir])).document).toMatchObject({
      directory: dir,
      processes: [],
      leases: [],
    })
    await using storage = await FileSystemStorage.open({ storageDir: dir, disk: 'portable' })
    const { code, document } = await holdfastJson(['locks', '--dir', dir])
    expect(code).toBe(0)
    expect(document).toMatchObject({
      processes: [{ pid: process.pid, disk: 'portable', since: expect.any(String), life: 'alive' }],
    })
    const { stdout } = await holdfast(['locks', '--dir', dir])
    expect(stdout).toContain('portable disk, alone')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    await storage.close()
  })

  it('lists the locks of a directory of locks by name', async () => {
    const dir = await tempDirectory()
    await using locks = await FileLocks.open(dir)
    await using lease = await locks.acquire('nightly-report', { ttlMs: 60_000 })
    const { document } = await holdfastJson(['locks', '--dir', dir])
    expect(document).toMatchObject({
      leases: [{ name: 'nightly-report', pid: process.pid, token: lease.token }],
    })
    expect((await holdfast(['locks', '--dir', dir])).stdout).toMatch(/nightly-report/)
  })

  it('refuses a store that is not a directory', async () => {
    expect((await holdfast(['locks', '--store', 'sqlite:x.db'])).code).toBe(2)
    expect((await holdfast(['locks', '--dir', `${await tempDirectory()}/missing`])).code).toBe(3)
  })
})
