import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../src/files/file-storage.js'
import { sampleVersion } from '../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../support/temp.js'
import {
  factsOf,
  promptFactsOf,
  STORES,
  versionFactsOf,
  type FileFacts,
  type VersionFacts,
} from './stores.mjs'

type Labels = Readonly<Record<string, { readonly version: string }>>

const FIXTURES = join(import.meta.dirname, 'fixtures')

/** Every store that was ever kept: `<version of the package>/<name of the store>`. */
const stores = readdirSync(FIXTURES).flatMap((version) =>
  readdirSync(join(FIXTURES, version))
    .filter((file) => file.endsWith('.json'))
    .map((file) => `${version}/${file.slice(0, -'.json'.length)}`),
)
const DISKS = ['native', 'portable'] as const

it('keeps a store of each kind of the first version', () => {
  const kept = new Set(stores.filter((store) => store.startsWith('0.1.0/')))
  expect(kept).toEqual(new Set(Object.keys(STORES).map((name) => `0.1.0/${name}`)))
})

const versionStores = stores.filter((store) => store.includes('/versions-'))
describe.each(versionStores)('the store %s', (store) => {
  it.each(DISKS)('opens with all that was acknowledged, and goes on: %s disk', async (disk) => {
    const { directory, facts, options } = await unpack<VersionFacts>(store)
    const open = async (): Promise<FileSystemStorage> =>
      await FileSystemStorage.open({ ...options, storageDir: directory, disk })
    const added = sampleVersion('added', '1.0.0')
    {
      await using storage = await open()
      await expectVersions(storage, facts)
      await storage.saveVersion(added)
      for (const { prompt_id: id, version } of facts.trash ?? [])
        expect(await storage.restoreVersion(id, version)).toBe(true)
    }
    await using storage = await open()
    expect(await storage.getVersion('added', '1.0.0')).toMatchObject(added)
    for (const document of facts.documents) await expectDocument(storage, document)
    const lost = (await storage.verify()).findings.filter(({ kind }) => kind === 'lost-file')
    expect(lost.map(({ path }) => path)).toEqual(facts.missing ?? [])
  })
})

const rearranged = versionStores.filter((store) => /-(compressed|resharding)-/.test(store))
describe.each(rearranged)('the store %s', (store) => {
  it.each(DISKS)(
    'is made plain, resharded and compressed by this version: %s disk',
    async (disk) => {
      const { directory, facts, options } = await unpack<VersionFacts>(store)
      const open = async (): Promise<FileSystemStorage> =>
        await FileSystemStorage.open({ ...options, storageDir: directory, disk })
      {
        await using storage = await open()
        // Also completes what the killed process had begun.
        await storage.reshard({ depth: 2 })
        await storage.decompress()
        await expectVersions(storage, facts)
        expect((await storage.verify()).findings).toEqual([])
        await storage.reshard({ enabled: false })
        await storage.compress()
      }
      await using storage = await open()
      await expectVersions(storage, facts)
      expect((await storage.verify()).findings).toEqual([])
    },
  )
})

const fileStores = stores.filter((store) => store.includes('/files-'))
describe.each(fileStores)('the store %s', (store) => {
  it.each(DISKS)('opens with all that was acknowledged, and goes on: %s disk', async (disk) => {
    const { directory, facts, options } = await unpack<FileFacts>(store)
    const keys = Object.keys(facts.files)
    const { versions = {}, ...current } = facts
    const open = async (): Promise<FileStorage> =>
      await FileStorage.open({ min_free_mb: 0, ...options, local_storage_path: directory, disk })
    {
      await using storage = await open()
      expect(await factsOf(storage, keys)).toEqual(current)
      expect(await versionFactsOf(storage, Object.keys(versions))).toEqual(versions)
      expect(await storage.exists('gone.txt')).toBe(false)
      await storage.store('added.txt', 'added')
    }
    await using storage = await open()
    expect(await factsOf(storage, keys)).toEqual(current)
    expect(await storage.retrieve('added.txt')).toBe('added')
    expect(await versionFactsOf(storage, Object.keys(versions))).toEqual(versions)
    for (const [key, [newest, next]] of Object.entries(versions))
      expect(await storage.restoreVersion(key, (next ?? newest)?.version ?? '')).toBeDefined()
  })
})

/** A copy of the store as it was kept, what was in it, and the options that it was written with. */
async function unpack<Facts>(
  store: string,
): Promise<{ directory: string; facts: Facts; options: object }> {
  const [version = '', name = ''] = store.split('/')
  const parent = await tempDirectory()
  execFileSync('tar', [
    '--extract',
    '--gzip',
    '--file',
    join(FIXTURES, version, `${name}.tar.gz`),
    '--directory',
    parent,
  ])
  const text = readFileSync(join(FIXTURES, version, `${name}.json`), 'utf8')
  return {
    directory: join(parent, name),
    facts: JSON.parse(text) as Facts,
    options: STORES[name]?.options ?? {},
  }
}

async function expectVersions(storage: FileSystemStorage, facts: VersionFacts): Promise<void> {
  const ids = new Set(facts.documents.map(({ prompt_id: id }) => id))
  expect(await storage.listPromptIds()).toEqual([...ids].toSorted((a, b) => (a < b ? -1 : 1)))
  for (const document of facts.documents) await expectDocument(storage, document)
  for (const id of ids) {
    const versions = facts.documents.filter(({ prompt_id: owner }) => owner === id)
    expect(await storage.listVersionNames(id)).toHaveLength(versions.length)
  }
  for (const [id, { head, moves, summaries }] of Object.entries(facts.prompts ?? {})) {
    const found = (await promptFactsOf(storage, [id]))[id]
    expect(found?.head).toEqual(head)
    expect(found?.moves).toEqual(moves)
    // Later programs may say more of a version, and nothing else of what was said then.
    expect(found?.summaries).toMatchObject(summaries)
    for (const { version } of Object.values(Reflect.get(head, 'labels') as Labels))
      await expect(storage.deleteVersion(id, version)).rejects.toMatchObject({
        code: 'OPT-LABEL-001',
      })
  }
  const trash = await storage.listTrash()
  expect(trash).toEqual((facts.trash ?? []).map((one) => expect.objectContaining(one) as unknown))
}

async function expectDocument(
  storage: FileSystemStorage,
  document: VersionFacts['documents'][number],
): Promise<void> {
  const { prompt_id: id, version } = document
  expect(await storage.getVersion(id, version), `${id} ${version}`).toEqual(document)
}
