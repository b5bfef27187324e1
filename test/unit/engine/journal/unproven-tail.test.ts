import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Volume } from '../../../../src/disk/disk.js'
import { portableDisk } from '../../../../src/disk/portable/portable-disk.js'
import { UnprovenTail } from '../../../../src/engine/journal/unproven-tail.js'
import { SharedPage } from '../../../../src/format/page.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { openVolume } from '../../disk/support.js'
import { openStore } from '../../../proof/faults/support.js'
import { Peer } from '../../../proof/processes/peers.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows, NO_SIGN } from '../../../support/windows.js'

/** Where the page is not believed, the last frame is served: docs/operations.md says so. */
const NO_BOOT_ID = 'only Linux has an id for a boot'
const hasBootIds = process.platform === 'linux'

const QUIET = { minFreeMb: 0, checkpointIdleMs: 3_600_000 }

/** What a writer leaves that is killed with its last save in the journal, and not in its place. */
interface Left {
  readonly storageDir: string
  /** The shared page as it was before the save, and after it. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** Gives the save its name, as it would have got it after the flush. */
  publish(): Promise<void>
}

async function killedInLastSave(
  disk: NonNullable<FileSystemStorageOptions['disk']>,
): Promise<Left> {
  const storageDir = await tempDirectory()
  const page = async (): Promise<Uint8Array> =>
    await readFile(join(storageDir, '.shared')).catch(() => new Uint8Array(0))
  const peer = await Peer.start({ storageDir, disk, ...QUIET })
  await peer.call('save', 'p', '1.0.0')
  const before = await page()
  await peer.call('save', 'p', '1.0.1')
  const after = await page()
  await peer.kill()
  const path = join(storageDir, 'p', '1.0.1.json')
  const bytes = await readFile(path)
  await rm(path)
  const publish = async (): Promise<void> => await writeFile(path, bytes)
  return { storageDir, before, after, publish }
}

describe('the last frame of a journal that a reader has not joined', () => {
  it('is not served while the page does not count it as flushed, and is from then on', async ({
    skip,
  }) => {
    skip(!hasBootIds, NO_BOOT_ID)
    const { storageDir, before, after, publish } = await killedInLastSave('native')
    await writeFile(join(storageDir, '.shared'), before)
    const storage = await openStore(storageDir, { disk: 'native', readOnly: true })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    expect(await storage.getVersion('p', '1.0.1')).toBeUndefined()
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    await publish()
    await writeFile(join(storageDir, '.shared'), after)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect((await storage.getVersion('p', '1.0.1'))?.version).toBe('1.0.1')
  })

  it('is not served while nothing of it shows, where there is no page, and is from then on', async ({
    skip,
  }) => {
    skip(!hasBootIds, NO_BOOT_ID)
    const { storageDir, publish } = await killedInLastSave('portable')
    const storage = await openStore(storageDir, { disk: 'portable', readOnly: true })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
    expect(await storage.getVersion('p', '1.0.1')).toBeUndefined()
    await publish()
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect((await storage.getVersion('p', '1.0.1'))?.version).toBe('1.0.1')
  })

  it('is served when the page is of another boot, whatever that says: what is read comes from the disk', async () => {
    const { storageDir, before } = await killedInLastSave('native')
    const { buffer } = Uint8Array.from(before)
    new SharedPage(buffer).boot = '00000000-0000-4000-8000-000000000000'
    await writeFile(join(storageDir, '.shared'), new Uint8Array(buffer))
    const storage = await openStore(storageDir, { disk: 'native', readOnly: true })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
    expect(await storage.getVersion('p', '1.0.1')).toMatchObject({
      prompt_id: 'p',
      version: '1.0.1',
      parent_version: sampleVersion('p', '1.0.1').parent_version,
    })
    expect((await storage.getLatestVersion('p'))?.version).toBe('1.0.1')
  })

  it.skipIf(!hasBootIds).each(['native', 'portable'] as const)(
    'is not followed into by a reader that was there before it, on the %s disk',
    async (disk) => {
      const storageDir = await tempDirectory()
      const peer = await Peer.start({ storageDir, disk, ...QUIET })
      await peer.call('save', 'p', '1.0.0')
      const storage = await openStore(storageDir, { disk, readOnly: true })
      expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
      await peer.call('save', 'p', '1.0.1')
      const page = await readFile(join(storageDir, '.shared')).catch(() => undefined)
      await peer.call('save', 'p', '1.0.2')
      await peer.kill()
      await rm(join(storageDir, 'p', '1.0.2.json'))
      if (disk === 'native') await writeFile(join(storageDir, '.shared'), page ?? '')
      expect(await storage.listVersionNames('p')).toEqual(['1.0.0', '1.0.1'])
      expect(await storage.getVersion('p', '1.0.2')).toBeUndefined()
      expect((await storage.getLatestVersion('p'))?.version).toBe('1.0.1')
    },
  )
})

describe('the writer of a journal, on a system without an id for a boot,', () => {
  it('counts while it answers, and no longer once it is killed', async ({ skip }) => {
    skip(isWindows, NO_SIGN)
    const storageDir = await tempDirectory()
    const peer = await Peer.start({ storageDir, disk: 'portable', ...QUIET })
    await forgetBoot(storageDir)
    const tail = new UnprovenTail(await volumeWithoutBoot(storageDir))
    expect(await tail.isWriterOfThisBoot()).toBe(true)
    await peer.kill()
    expect(await tail.isWriterOfThisBoot()).toBe(false)
  })

  it('counts when it has no sign of life and cannot be judged', async () => {
    const storageDir = await tempDirectory()
    const peer = await Peer.start({ storageDir, disk: 'portable', ...QUIET })
    await forgetBoot(storageDir, { sign: '' })
    const tail = new UnprovenTail(await volumeWithoutBoot(storageDir))
    expect(await tail.isWriterOfThisBoot()).toBe(true)
    await peer.kill()
    await rm(join(storageDir, '.owner'))
    expect(await tail.isWriterOfThisBoot()).toBe(false)
  })
})

/** The owner file as its process would write it on macOS. */
async function forgetBoot(storageDir: string, more: object = {}): Promise<void> {
  const path = join(storageDir, '.owner')
  const record = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...record, boot_id: '', started: '', ...more }))
}

async function volumeWithoutBoot(storageDir: string): Promise<Volume> {
  const volume = await openVolume(portableDisk, storageDir, { readOnly: true })
  volume.boot = async () => await Promise.resolve('')
  return volume
}
