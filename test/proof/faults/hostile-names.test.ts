import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { tempDirectory } from '../../support/temp.js'
import { IDS, REFUSED_IDS, REFUSED_VERSIONS } from './names.js'
import { openStore, treeOf } from './support.js'

/** A store with a canary in every directory around it. */
async function caged(options: Parameters<typeof openStore>[1] = {}): Promise<{
  storage: FileSystemStorage
  around: () => Promise<unknown>
  reopen: () => Promise<FileSystemStorage>
}> {
  const top = await tempDirectory()
  const storageDir = join(top, 'a', 'b', 'store')
  await mkdir(storageDir, { recursive: true, mode: 0o700 })
  for (const place of ['', 'a', 'a/b']) await writeFile(join(top, place, 'canary'), 'sings')
  await mkdir(join(top, 'a', 'b', 'x'))
  const around = async (): Promise<unknown> =>
    Object.entries(await treeOf(top)).filter(([path]) => !path.startsWith('a/b/store/'))
  const storage = await openStore(storageDir, options)
  return { storage, around, reopen: async () => await openStore(storageDir, options) }
}

const VARIANTS = {
  plain: {},
  sharded: { enableSharding: true },
  'without index': { useIndex: false },
  'with trash': { enableTrash: true },
  portable: { disk: 'portable' },
} as const

for (const [variant, options] of Object.entries(VARIANTS)) {
  describe(`hostile names (${variant})`, () => {
    it('as prompt ids: each is found again under exactly that id, and nothing gets out of the store', async () => {
      const { storage, around, reopen } = await caged(options)
      const before = await around()
      const documents = new Map(
        IDS.map((id, at) => [id, sampleVersion(id, '1.0.0', { metadata: { at } })]),
      )
      expect(documents.size).toBe(IDS.length)
      await Promise.all(
        [...documents.values()].map(async (document) => await storage.saveVersion(document)),
      )
      await expectAll(storage, documents)
      await storage.rebuildIndex()
      await expectAll(storage, documents)
      expect((await storage.verify()).findings).toEqual([])
      await storage.close()
      const again = await reopen()
      await expectAll(again, documents)
      expect(await around()).toEqual(before)

      // No two share a place, and each place is inside.
      const places = IDS.map((id) => again.pathOf(id, '1.0.0'))
      expect(new Set(places.map((place) => place.normalize('NFC'))).size).toBe(IDS.length)
      for (const place of places) {
        const inside = relative(again.storageDir, place)
        expect(inside.startsWith('..') || inside.startsWith('.') || inside.startsWith('/')).toBe(
          false,
        )
      }
      for (const [at, id] of IDS.entries()) {
        expect(await again.deleteVersion(id, '1.0.0')).toBe(true)
        if (at % 20 === 0) expect(await again.listPromptIds()).toHaveLength(IDS.length - at - 1)
      }
      expect(await again.listPromptIds()).toEqual([])
      expect(await around()).toEqual(before)
    })
  })
}

async function expectAll(
  storage: FileSystemStorage,
  documents: ReadonlyMap<string, object>,
): Promise<void> {
  expect(await storage.listPromptIds()).toEqual([...documents.keys()].sort())
  for (const [id, document] of documents) {
    expect(await storage.getVersion(id, '1.0.0')).toEqual(document)
    expect(await storage.listVersionNames(id)).toEqual(['1.0.0'])
    expect(await storage.listVersions(id)).toEqual([document])
    expect(await storage.getLatestVersion(id)).toEqual(document)
  }
}

describe('ids and versions that are none', () => {
  it('are refused by every method with a TypeError, and nothing is touched', async () => {
    const { storage, around } = await caged()
    await storage.saveVersion(sampleVersion('victim', '1.0.0'))
    const before = [await around(), await treeOf(join(storage.storageDir, 'victim'))]
    const pairs: (readonly [unknown, unknown])[] = [
      ...REFUSED_IDS.map((id) => [id, '1.0.0'] as const),
      ...REFUSED_VERSIONS.map((version) => ['p', version] as const),
    ]
    for (const [id, version] of pairs) {
      const [promptId, name] = [id as string, version as string]
      await expect(
        storage.saveVersion({ ...sampleVersion('p', '1.0.0'), prompt_id: promptId, version: name }),
      ).rejects.toThrow(TypeError)
      await expect((async () => await storage.getVersion(promptId, name))()).rejects.toThrow(
        TypeError,
      )
      await expect(storage.deleteVersion(promptId, name)).rejects.toThrow(TypeError)
      await expect(storage.restoreVersion(promptId, name)).rejects.toThrow(TypeError)
      await expect(storage.readRaw(promptId, name)).rejects.toThrow(TypeError)
      expect(() => storage.pathOf(promptId, name)).toThrow(TypeError)
    }
    for (const id of REFUSED_IDS) {
      await expect(storage.listVersions(id as string)).rejects.toThrow(TypeError)
      await expect(storage.listVersionNames(id as string)).rejects.toThrow(TypeError)
      await expect(storage.getLatestVersion(id as string)).rejects.toThrow(TypeError)
      await expect(storage.getLatestVersionName(id as string)).rejects.toThrow(TypeError)
    }
    expect([await around(), await treeOf(join(storage.storageDir, 'victim'))]).toEqual(before)
    expect(await storage.listPromptIds()).toEqual(['victim'])
  })

  it('are refused before the cache is asked, which has answered for a name like them', async () => {
    const { storage } = await caged()
    await storage.saveVersion(sampleVersion('a', '1.0.0'))
    await storage.saveVersion(sampleVersion('a:1.0.0', '2.0.0'))
    expect(await storage.getVersion('a:1.0.0', '2.0.0')).toBeDefined()
    expect(await storage.getVersion('a', '2.0.0')).toBeUndefined()
    await expect((async () => await storage.getVersion('1.0.0:a', ''))()).rejects.toThrow(TypeError)
  })
})
