import { spawnSync } from 'node:child_process'
import { mkdir, rename, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { crc32c } from '../../../../src/format/crc32c.js'
import { tempDirectory } from '../../../support/temp.js'
import { mountExt4, mountTmpfs, NEEDS_ROOT } from '../mount.js'
import { besideVolume, isRoot, openVolume, text } from '../support.js'

export function capabilityContract(makeDisk: () => Disk): void {
  it('tells what it found, in sentences where something is missing', async () => {
    const disk = makeDisk()
    const volume = await openVolume(disk, await tempDirectory())
    const { capabilities } = volume
    expect(volume.kind).toBe(disk.kind)
    expect(capabilities.kernelLocks).toBe(disk.kind === 'native')
    expect(capabilities.multiProcess).toBe(disk.kind === 'native')
    expect(['linkat', 'renameNoReplace', 'link']).toContain(capabilities.publish)
    for (const warning of capabilities.warnings) expect(warning).toMatch(/^[A-Z].*\.$/)
    if (disk.kind === 'portable') expect(capabilities.warnings.length).toBeGreaterThan(0)
  })

  it('knows a file system by its name', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountTmpfs(await tempDirectory(), 'size=1m')
    const { capabilities } = await openVolume(makeDisk(), directory)
    expect(capabilities).toMatchObject({
      fileSystem: 'tmpfs',
      caseSensitive: true,
      copyOnWrite: false,
      network: false,
    })
  })

  it('leaves nothing of its probing behind', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    expect((await volume.list('.tmp')) ?? []).toEqual([])
  })

  it('knows how much space there is', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    const space = await volume.space()
    expect(space.totalBytes).toBeGreaterThan(space.freeBytes)
    expect(space.freeBytes).toBeGreaterThan(0)
    expect(space.totalInodes).toBeGreaterThanOrEqual(space.freeInodes)
    expect((await stat(directory)).isDirectory()).toBe(true)
  })

  besideVolume(makeDisk)('notices that its path leads elsewhere', async () => {
    const directory = join(await tempDirectory(), 'volume')
    const volume = await openVolume(makeDisk(), directory)
    expect(await volume.isInPlace()).toBe(true)
    await rename(directory, `${directory}-moved`)
    expect(await volume.isInPlace()).toBe(false)
    await mkdir(directory)
    expect(await volume.isInPlace()).toBe(false)
    await rmdir(directory)
    await rename(`${directory}-moved`, directory)
    expect(await volume.isInPlace()).toBe(true)
    await volume.close()
    await expect(volume.isInPlace()).rejects.toMatchObject({ code: 'EBADF' })
  })

  it('counts used and free space as df does, where blocks are kept for the administrator', async ({
    skip,
  }) => {
    skip(!isRoot, NEEDS_ROOT)
    const directory = await mountExt4()
    const { usedBytes, freeBytes, totalBytes } = await (
      await openVolume(makeDisk(), directory)
    ).space()
    const { stdout } = spawnSync('df', ['-B1', '--output=used,avail,size', directory], {
      encoding: 'utf8',
    })
    expect(stdout.trim().split(/\s+/).slice(-3).map(Number)).toEqual([
      usedBytes,
      freeBytes,
      totalBytes,
    ])
    expect(usedBytes + freeBytes).toBeLessThan(totalBytes)
  })

  it('computes the same checksum as everybody', async () => {
    const volume = await openVolume(makeDisk(), await tempDirectory())
    expect(volume.crc32c(text('123456789'), 0)).toBe(0xe3069283)
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * 131) & 0xff)
    for (const length of [0, 1, 7, 8, 9, 4095, 5000]) {
      const part = bytes.subarray(5000 - length)
      expect(volume.crc32c(part, 77)).toBe(crc32c(part, 77))
    }
  })
}
