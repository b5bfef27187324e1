import { stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Disk, Volume } from '../../../../src/disk/disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { besideVolume, openVolume, text } from '../support.js'

const NEW = { replace: false, flush: false }
/** Longer than any tick of a file system's clock. */
const TICK_MS = 30

/** The stamp as the listing above gives it, when the clock has ticked since the last change. */
async function settledStamp(volume: Volume, name: string): Promise<string | undefined> {
  const stamp = (await volume.list(''))?.find((entry) => entry.name === name)?.stamp
  await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  return stamp
}

export function stampContract(makeDisk: () => Disk): void {
  besideVolume(makeDisk)('gives a directory a stamp that changes with its entries', async () => {
    const directory = await tempDirectory()
    const volume = await openVolume(makeDisk(), directory)
    await volume.write('d/file', text('12345'), NEW)
    const first = await settledStamp(volume, 'd')
    expect(first).toMatch(/^[0-9a-f]+-[0-9a-f]+$/)
    expect((await volume.stat('d/file'))?.stamp).toBeUndefined()
    expect((await volume.stat('d'))?.stamp).toBe(first)
    await volume.write('d/other', text('x'), NEW)
    const second = await settledStamp(volume, 'd')
    expect(second).not.toBe(first)
    expect(second?.split('-')[0]).toBe(first?.split('-')[0])
    await volume.remove('d/other')
    expect(await settledStamp(volume, 'd')).not.toBe(second)
  })

  besideVolume(makeDisk)(
    'makes the stamp of the inode and the time that no program can set back',
    async () => {
      const directory = await tempDirectory()
      const volume = await openVolume(makeDisk(), directory)
      await volume.write('d/file', text('12345'), NEW)
      const { ino, ctimeNs } = await stat(join(directory, 'd'), { bigint: true })
      expect(await settledStamp(volume, 'd')).toBe(`${ino.toString(16)}-${ctimeNs.toString(16)}`)
      const past = new Date(Date.now() - 60_000)
      await utimes(join(directory, 'd'), past, past)
      expect(await settledStamp(volume, 'd')).not.toBe(
        `${ino.toString(16)}-${ctimeNs.toString(16)}`,
      )
    },
  )
}
