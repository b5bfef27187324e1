import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { openStore } from './support.js'

const IDS = ['a', 'B', 'prompt 漢字', '__proto__', 'x'.repeat(900)]
const VERSIONS = ['1.0.0', '1.2.0', '1.10.0']

async function filledStore(): Promise<string> {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir)
  for (const id of IDS)
    for (const version of VERSIONS) await storage.saveVersion(sampleVersion(id, version))
  await storage.close()
  return storageDir
}

/** Everything that the index answers. */
async function answers(storageDir: string): Promise<unknown> {
  const storage = await openStore(storageDir)
  const found = {
    snapshot: Object.entries(await storage.indexSnapshot()),
    ids: await storage.listPromptIds(),
    latest: await Promise.all(IDS.map(async (id) => await storage.getLatestVersionName(id))),
    latestDocument: (await storage.getLatestVersion(IDS[4] ?? ''))?.version,
    stats: await storage
      .getStorageStats()
      .then(({ total_prompts, total_versions }) => ({ total_prompts, total_versions })),
    findings: (await storage.verify()).findings.filter(({ path }) => path !== '.index.json'),
  }
  await storage.close()
  return found
}

const older =
  '{"version":"1.0.0","lsn":1,"last_updated":"2020-01-01T00:00:00.000Z","index":{},"total_prompts":0,"total_versions":0}'
const DAMAGES: Readonly<Record<string, (path: string, old: string) => Promise<void>>> = {
  missing: async (path) => await rm(path),
  empty: async (path) => await writeFile(path, ''),
  'the object {}': async (path) => await writeFile(path, '{}'),
  'cut in half': async (path) => await writeFile(path, (await readFile(path)).subarray(0, 200)),
  'no JSON': async (path) => await writeFile(path, Buffer.from([0xff, 0xfe, 0x00, 0x7b])),
  null: async (path) => await writeFile(path, 'null'),
  'of another format': async (path) => await writeFile(path, older.replace('"1.0.0"', '"9.0.0"')),
  'an empty index of long ago': async (path) => await writeFile(path, older),
  'short of one version, with totals that fit': async (path) => {
    const text = await readFile(path, 'utf8')
    await writeFile(
      path,
      text.replace('"1.2.0",', '').replace('"total_versions":15', '"total_versions":14'),
    )
  },
  stale: async (path, old) => await writeFile(path, old),
  'a directory': async (path) => {
    await rm(path)
    await mkdir(path)
  },
}

describe('the index file', () => {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(`when it is ${what} changes no answer`, async () => {
      const storageDir = await filledStore()
      const path = join(storageDir, '.index.json')
      const old = await readFile(path, 'utf8')
      if (what === 'stale') {
        const storage = await openStore(storageDir)
        await storage.saveVersion(sampleVersion('a', '2.0.0'))
        await storage.deleteVersion('B', '1.10.0')
        await storage.close()
      }
      const expected = await answers(storageDir)
      await damage(path, old)
      expect(await answers(storageDir)).toEqual(expected)
    })
  }

  it('is reported by verify when it is none, and repaired', async () => {
    const storageDir = await filledStore()
    await writeFile(join(storageDir, '.index.json'), '{}')
    const storage = await openStore(storageDir)
    expect((await storage.verify()).findings).toMatchObject([
      { kind: 'stale-index', path: '.index.json', repaired: false },
    ])
    expect((await storage.verify({ repair: true })).findings).toMatchObject([
      { kind: 'stale-index', repaired: true },
    ])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('is checked against the directories when validateIndexOnLoad asks for it', async () => {
    const storageDir = await filledStore()
    const path = join(storageDir, '.index.json')
    const text = await readFile(path, 'utf8')
    await writeFile(
      path,
      text.replace('"1.2.0",', '').replace('"total_versions":15', '"total_versions":14'),
    )
    const storage = await openStore(storageDir, { validateIndexOnLoad: true })
    expect(await storage.listVersionNames('a')).toEqual(VERSIONS)
    for (const id of IDS) expect(await storage.listVersionNames(id)).toEqual(VERSIONS)
  })

  it('is rebuilt on demand after files were changed by hand', async () => {
    const storageDir = await filledStore()
    const storage = await openStore(storageDir)
    await rm(storage.pathOf('a', '1.2.0'))
    expect(await storage.rebuildIndex()).toEqual({ prompts: 5, versions: 14 })
    expect(await storage.listVersionNames('a')).toEqual(['1.0.0', '1.10.0'])
  })
})
