import { join } from 'node:path'
import { rm, writeFile } from 'node:fs/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import { DurableDirectory } from '../../../src/engine/durable-directory.js'
import {
  diskReport,
  requiredMbOption,
  spaceProblem,
  usedPercent,
} from '../../../src/engine/disk-space.js'
import { FileStorage } from '../../../src/files/file-storage.js'
import { subscribe } from '../../../src/base/channels.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { mountTmpfs, NEEDS_ROOT } from '../disk/mount.js'
import { isRoot } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'

const MIB = 1024 * 1024

/** A disk of 100 MiB, how to fill it up to `mib` of them, and the codes of the warnings about its space. */
async function smallDisk(test: TestContext): Promise<{
  path: string
  fill: (mib: number) => Promise<void>
  codes: string[]
}> {
  test.skip(!isRoot, NEEDS_ROOT)
  const path = await mountTmpfs(await tempDirectory(), 'size=100m')
  const codes: string[] = []
  const stop = subscribe('warning', ({ directory, code }) => {
    if (directory.startsWith(path) && code.startsWith('space-')) codes.push(code)
  })
  test.onTestFinished(stop)
  const ballast = join(path, 'ballast')
  const fill = async (mib: number): Promise<void> => {
    await rm(ballast, { force: true })
    await writeFile(ballast, Buffer.alloc(mib * MIB))
  }
  return { path, fill, codes }
}

describe('space that runs low', () => {
  it('is told once for each crossing, of either mark', async (test) => {
    const { path, fill, codes } = await smallDisk(test)
    const directory = await DurableDirectory.open(join(path, 'store'))
    test.onTestFinished(async () => await directory.close())
    const used = async (mib: number): Promise<void> => {
      await fill(mib)
      await directory.space()
      await directory.space()
    }
    await used(10)
    expect(codes).toEqual([])
    await used(78)
    expect(codes).toEqual(['space-low'])
    await used(88)
    expect(codes).toEqual(['space-low', 'space-critical'])
    await used(78)
    await used(10)
    expect(codes).toHaveLength(2)
    await used(88)
    expect(codes).toEqual(['space-low', 'space-critical', 'space-critical'])
  })

  it('is noticed at a checkpoint, without a question', async (test) => {
    const { path, fill, codes } = await smallDisk(test)
    const directory = await DurableDirectory.open(join(path, 'store'))
    test.onTestFinished(async () => await directory.close())
    await fill(78)
    await directory.commit([{ kind: 'replace', path: 'a', bytes: Buffer.from('a') }])
    await directory.checkpoint()
    expect(codes).toEqual(['space-low'])
  })

  it('is told by a store of versions, in its statistics, too', async (test) => {
    const { path, fill, codes } = await smallDisk(test)
    const storage = await FileSystemStorage.open({ storageDir: join(path, 'store'), minFreeMb: 0 })
    test.onTestFinished(async () => await storage.close())
    await fill(78)
    const { used_percent } = await storage.getStorageStats()
    expect(used_percent).toBeGreaterThan(80)
    expect((await storage.checkDiskSpace()).used_percent).toBe(used_percent)
    const diagnosis = await storage.doctor()
    expect(diagnosis.problems).toContain(`The disk is ${used_percent} % full.`)
    expect(codes).toEqual(['space-low'])
  })

  it('is told by a storage of files, in its statistics and health, too', async (test) => {
    const { path, fill, codes } = await smallDisk(test)
    const storage = await FileStorage.open({
      local_storage_path: join(path, 'files'),
      min_free_mb: 0,
    })
    test.onTestFinished(async () => await storage.close())
    await fill(88)
    const stats = await storage.getStats()
    expect(stats.used_percent).toBeGreaterThan(90)
    expect(stats.free_mb).toBeLessThan(10)
    expect(await storage.getHealthStatus()).toMatchObject({
      status: 'degraded',
      reasons: [{ code: 'space-critical' }],
    })
    expect(codes).toEqual(['space-critical'])
  })
})

describe('the percentage that is used', () => {
  it('leaves out what is kept for the administrator', () => {
    const inodes = { totalInodes: 0, freeInodes: 0 }
    expect(usedPercent({ totalBytes: 100, freeBytes: 45, usedBytes: 45, ...inodes })).toBe(50)
    expect(usedPercent({ totalBytes: 0, freeBytes: 0, usedBytes: 0, ...inodes })).toBe(0)
  })

  it('is a problem from 80 and from 90 on', () => {
    const codes = [79.9, 80, 89.9, 90, 100].map((percent) => spaceProblem(percent)?.code)
    expect(codes).toEqual([undefined, 'space-low', 'space-low', 'space-critical', 'space-critical'])
  })
})

describe('the report of a disk', () => {
  const space = {
    totalBytes: 100 * MIB,
    freeBytes: 10 * MIB,
    usedBytes: 80 * MIB,
    totalInodes: 1000,
    freeInodes: 1,
  }

  it('says whether the required space is free, in whole megabytes', () => {
    expect(diskReport(space, 10)).toEqual({
      ok: true,
      required_mb: 10,
      total_mb: 100,
      used_mb: 80,
      free_mb: 10,
      used_percent: 88.9,
      free_inodes: 1,
    })
    const less = { ...space, freeBytes: 10 * MIB - 1 }
    expect(diskReport(less, 10)).toMatchObject({ ok: false, free_mb: 9 })
  })

  it('calls a disk full that has no inode left, unless it has no fixed number of them', () => {
    expect(diskReport({ ...space, freeInodes: 0 }, 0).ok).toBe(false)
    expect(diskReport({ ...space, totalInodes: 0, freeInodes: 0 }, 0).ok).toBe(true)
  })

  it('takes the required space as an option', () => {
    expect([requiredMbOption({}, 7), requiredMbOption({ requiredMb: 0 }, 7)]).toEqual([7, 0])
    expect(() => requiredMbOption({ requiredMb: -1 }, 7)).toThrow(RangeError)
    expect(() => requiredMbOption({ requiredMB: 1 } as never, 7)).toThrow('requiredMb')
  })
})
