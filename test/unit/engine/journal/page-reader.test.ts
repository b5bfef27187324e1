import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { PageReader } from '../../../../src/engine/journal/page-reader.js'
import { PAGE_FILE } from '../../../../src/format/layout.js'
import { PAGE_BYTES, PAGE_MAGIC, SharedPage } from '../../../../src/format/page.js'
import { openVolume } from '../../disk/support.js'
import { tempDirectory } from '../../../support/temp.js'

const BOOT = '01234567-89ab-4cde-8fed-cba987654321'
const OTHER_BOOT = '00000000-0000-4000-8000-000000000000'

interface Written {
  readonly lsn: number
  readonly committed?: number
  readonly boot?: string
  readonly magic?: number
}

/** A volume of one boot, on whatever system the test runs, and how to write its page. */
async function volumeOf(boot = BOOT): Promise<{
  readonly volume: Volume
  readonly reader: PageReader
  readonly write: (written: Written) => Promise<void>
  /** As it is read without waiting. */
  readonly writeHot: (written: Written) => void
}> {
  const real = await openVolume(portableDisk, await tempDirectory())
  let hot: Uint8Array | undefined
  const volume = new Proxy(real, {
    get: (target, name: keyof Volume) => {
      if (name === 'readHot') return (): Uint8Array | undefined => hot
      if (name === 'boot') return async (): Promise<string> => await Promise.resolve(boot)
      const value: unknown = target[name]
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => Reflect.apply(value, target, given)
    },
  })
  const write = async (written: Written): Promise<void> =>
    await real.write(PAGE_FILE, pageOf(written), { replace: true, flush: false })
  const writeHot = (written: Written): void => void (hot = pageOf(written))
  return { volume, reader: await PageReader.of(volume), write, writeHot }
}

function pageOf({ lsn, committed = lsn, boot = BOOT, magic = PAGE_MAGIC }: Written): Uint8Array {
  const memory = new ArrayBuffer(PAGE_BYTES)
  const page = new SharedPage(memory)
  page.magic = magic
  page.boot = boot
  page.setU64('published', lsn)
  page.setU64('committed', committed)
  page.generation = lsn
  return new Uint8Array(memory)
}

describe('the page of a store that was not joined', () => {
  it('says what is published when a process of this boot wrote it', async () => {
    const { reader, write } = await volumeOf()
    await write({ lsn: 7 })
    expect(await reader.published()).toBe(7)
    expect(await reader.isLeftBehind()).toBe(false)
  })

  it.each<[string, Written]>([
    ['of another boot', { lsn: 7, boot: OTHER_BOOT }],
    ['without a boot', { lsn: 7, boot: '' }],
    ['that was spoiled', { lsn: 7, magic: 0 }],
  ])('is not believed %s', async (_, written) => {
    const { reader, write } = await volumeOf()
    await write(written)
    expect(await reader.published()).toBeUndefined()
    expect(reader.isPublished(7)).toBeUndefined()
  })

  it('is not believed where it is missing or cut, nor where boots have no id', async () => {
    const { reader, volume } = await volumeOf()
    expect(await reader.published()).toBeUndefined()
    expect(await reader.isLeftBehind()).toBe(true)
    await volume.write(PAGE_FILE, pageOf({ lsn: 1 }).subarray(1), { replace: true, flush: false })
    expect(await reader.published()).toBeUndefined()
    expect(await reader.isLeftBehind()).toBe(true)
    const nameless = await volumeOf('')
    await nameless.write({ lsn: 7, boot: '' })
    expect(await nameless.reader.published()).toBeUndefined()
  })

  it('was left behind by another boot, but perhaps not where one of the two is unknown', async () => {
    const { reader, write } = await volumeOf()
    await write({ lsn: 1, boot: OTHER_BOOT })
    expect(await reader.isLeftBehind()).toBe(true)
    await write({ lsn: 1, magic: 0 })
    expect(await reader.isLeftBehind()).toBe(true)
    await write({ lsn: 1, boot: '' })
    expect(await reader.isLeftBehind()).toBe(false)
  })

  it('is waited for while a commit is being published', async () => {
    const { reader, write } = await volumeOf()
    await write({ lsn: 7, committed: 8 })
    const published = reader.published()
    setTimeout(() => void write({ lsn: 8 }), 20)
    expect(await published).toBe(8)
  })

  it('is settled at an lsn only while no later commit is being published', async () => {
    const { reader, writeHot } = await volumeOf()
    expect(reader.isSettled(7)).toBeUndefined()
    writeHot({ lsn: 7, committed: 8 })
    expect([reader.isPublished(7), reader.isSettled(7)]).toEqual([true, undefined])
    writeHot({ lsn: 8 })
    expect([reader.isSettled(7), reader.isSettled(8)]).toEqual([undefined, true])
    writeHot({ lsn: 8, boot: OTHER_BOOT })
    expect(reader.isSettled(8)).toBeUndefined()
  })

  it('is waited for once only when the process that was publishing has died', async () => {
    const { reader, write } = await volumeOf()
    await write({ lsn: 7, committed: 8 })
    const before = performance.now()
    for (let look = 0; look < 50; look++) expect(await reader.published()).toBe(8)
    // Each wait takes 100 ms.
    expect(performance.now() - before).toBeLessThan(4000)
  })
})
