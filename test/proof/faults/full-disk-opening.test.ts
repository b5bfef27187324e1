import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import { PageOffset, PageState } from '../../../src/format/page.js'
import { subscribe } from '../../../src/base/channels.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { mountTmpfs, NEEDS_ROOT } from '../../unit/disk/mount.js'
import { isRoot } from '../../unit/disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { inChild } from './child.js'
import { failure, openStore } from './support.js'

const KIB = 1024
const VERSIONS = ['1.0.0', '1.0.1', '1.0.2', '1.0.3']

async function smallDisk({ skip }: TestContext): Promise<string> {
  skip(!isRoot, NEEDS_ROOT)
  return await mountTmpfs(await tempDirectory(), 'size=8m')
}

async function dieAfterSaving(storageDir: string, disk: string): Promise<void> {
  await inChild(
    storageDir,
    async ({ open: openChild, version, kill, input }) => {
      const storage = await openChild({ disk: input as 'native', minFreeMb: 0 })
      for (let patch = 0; patch < 4; patch++)
        await storage.saveVersion(version('p', `1.0.${patch}`, 20_000))
      kill(null)
    },
    { input: disk },
  )
}

/** Neither the reserve nor a spare segment nor a single block is left. */
async function fill(storageDir: string): Promise<string> {
  for (const name of await readdir(join(storageDir, '.journal')))
    if (name === 'reserve' || name.startsWith('spare-'))
      await rm(join(storageDir, '.journal', name))
  const filler = join(storageDir, 'filler')
  const handle = await open(filler, 'w')
  const isFull = (error: NodeJS.ErrnoException): false => {
    if (error.code !== 'ENOSPC') throw error
    return false
  }
  for (const bytes of [1024 * KIB, 4 * KIB]) {
    const piece = Buffer.alloc(bytes, 1)
    while (await handle.write(piece).then(({ bytesWritten }) => bytesWritten > 0, isFull));
  }
  await handle.close()
  return filler
}

function warnings(): string[] {
  const codes: string[] = []
  onTestFinished(subscribe('warning', ({ code }) => void codes.push(code)))
  return codes
}

for (const disk of ['native', 'portable'] as const) {
  it(`opens for reading after a writer died on a full disk without reserve (${disk})`, async (test) => {
    const storageDir = await smallDisk(test)
    await dieAfterSaving(storageDir, disk)
    const filler = await fill(storageDir)
    const codes = warnings()
    const storage = await openStore(storageDir, { disk })
    expect(codes).toContain('no-space')
    expect(await storage.listVersionNames('p')).toEqual(VERSIONS)
    expect(await storage.listVersions('p')).toHaveLength(4)
    expect((await storage.getStorageStats()).durability_state).toBe('read-only')
    expect((await storage.doctor()).problems.join()).toContain('no space')
    expect(await failure(storage.deleteVersion('p', '1.0.0'))).toMatchObject({
      code: 'FS-READONLY-001',
    })
    // It holds nothing that another process needs.
    const names = await inChild(
      storageDir,
      async ({ open: openChild, input }) => {
        const other = await openChild({ disk: input, minFreeMb: 0 })
        return await other.listVersionNames('p')
      },
      { input: disk },
    )
    expect(names).toEqual(VERSIONS)

    await rm(filler)
    const again = await openStore(storageDir, { disk })
    expect(await again.deleteVersion('p', '1.0.0')).toBe(true)
    await again.saveVersion(sampleVersion('p', '2.0.0'))
    expect(await storage.listVersionNames('p')).toEqual([...VERSIONS.slice(1), '2.0.0'])
  })
}

it('opens for reading where a dead writer left a commit half done and others have the store open', async (test) => {
  const storageDir = await smallDisk(test)
  const living = await openStore(storageDir, { disk: 'native' })
  await dieAfterSaving(storageDir, 'native')
  // As a writer leaves it that is killed after its flush: the last commit is not published.
  const page = await open(join(storageDir, '.shared'), 'r+')
  const words = Buffer.alloc(8)
  await page.read(words, 0, 8, PageOffset.committed)
  words.writeBigUInt64LE(words.readBigUInt64LE() - 1n)
  await page.write(words, 0, 8, PageOffset.published)
  await page.write(words, 0, 4, PageOffset.generation)
  words.writeUInt32LE(PageState.committing)
  await page.write(words, 0, 4, PageOffset.state)
  await page.close()
  await rm(join(storageDir, 'p', '1.0.3.json'))
  const filler = await fill(storageDir)
  const codes = warnings()
  const storage = await openStore(storageDir, { disk: 'native' })
  expect(codes).toContain('no-space')
  expect(await storage.listVersionNames('p')).toEqual(VERSIONS)
  expect(await storage.getVersion('p', '1.0.3')).toMatchObject({ version: '1.0.3' })
  await rm(filler)
  await living.deleteVersion('p', '1.0.0')
  expect(await storage.listVersionNames('p')).toEqual(VERSIONS.slice(1))
})
