import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { amendMetadata, shardingOf } from '../../../../src/versions/file-system/metadata.js'
import { resolveReshardOptions } from '../../../../src/versions/file-system/reshard.js'
import { sampleVersion, saveAll } from '../../../../src/versions/conformance/subject.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'
import { turnAroundAt } from './moved-subjects.js'
import { openParts } from './open-parts.js'

const LONG = 'x'.repeat(300)
const IDS = ['p', 'Ünï/cödé', LONG, 'ab', '1.0.0.json']

interface Mark {
  readonly sharding: { readonly depth: number }
  readonly resharding?: object
  readonly requires: readonly string[]
}

async function markOf(dir: string): Promise<Mark> {
  return JSON.parse(await readFile(join(dir, '.metadata.json'), 'utf8')) as Mark
}

async function open(dir: string, options: object = {}): Promise<FileSystemStorage> {
  return await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0, ...options })
}

async function fill(storage: FileSystemStorage): Promise<void> {
  for (const id of IDS) await saveAll(storage, id, ['1.0.0', '1.1.0'])
  await new PromptRegistry({ storage }).label('p', 'live', '1.0.0')
}

/** Everything that a reader can see. */
async function shown(storage: FileSystemStorage): Promise<unknown> {
  const ids = await storage.listPromptIds()
  const prompts = ids.map(async (id) => ({
    id,
    documents: await storage.listVersions(id),
    head: await storage.readHead(id),
    moves: await storage.listLabelMoves(id),
  }))
  return await Promise.all(prompts)
}

async function documents(storage: FileSystemStorage): Promise<unknown> {
  const ids = await storage.listPromptIds()
  return await Promise.all(ids.map(async (id) => await storage.listVersions(id)))
}

async function directories(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => !name.startsWith('.')).sort()
}

describe('resharding', () => {
  it('moves all that a prompt has, there and back, and every open handle sees it all along', async () => {
    const dir = await tempDirectory()
    await using storage = await open(dir, { useCache: false })
    await using other = await open(dir, { useCache: false })
    await using unindexed = await open(dir, { useCache: false, useIndex: false })
    await fill(storage)
    await storage.compress()
    const before = await shown(storage)
    const flat = await directories(dir)
    const { requires } = await markOf(dir)
    for (const depth of [2, 3, 1]) {
      expect(await storage.reshard({ depth })).toEqual({
        sharding: { enabled: true, depth },
        moved_prompts: IDS.length,
        moved_versions: 2 * IDS.length,
        left: [],
      })
      for (const one of [storage, other, unindexed]) expect(await shown(one)).toEqual(before)
      expect((await directories(dir)).every((name) => name.length === depth)).toBe(true)
      expect((await other.verify()).findings).toEqual([])
      expect(await markOf(dir)).toMatchObject({ sharding: { depth }, requires })
      expect((await markOf(dir)).resharding).toBeUndefined()
    }
    await other.saveVersion(sampleVersion('p', '2.0.0'))
    await other.deleteVersion('p', '2.0.0')
    expect(await other.reshard({ enabled: false })).toMatchObject({ moved_prompts: IDS.length })
    expect(await other.reshard({ enabled: false })).toMatchObject({ moved_prompts: 0 })
    expect(await directories(dir)).toEqual(flat)
    await using late = await open(dir)
    expect(await shown(late)).toEqual(await shown(storage))
    expect((await late.verify()).findings).toEqual([])
  })

  it.each([0, 2000, 7000, 9000])(
    'fits into a journal of the smallest segments: 120 versions with %i bytes more',
    async (bytes) => {
      const dir = await tempDirectory()
      await using storage = await open(dir, { segmentBytes: 64 * 1024, useCache: false })
      const metadata = { filler: 'x'.repeat(bytes) }
      for (let patch = 0; patch < 120; patch++)
        await storage.saveVersion(sampleVersion(LONG, `1.0.${patch}`, { metadata }))
      const before = await documents(storage)
      expect(await storage.reshard({ depth: 1 })).toMatchObject({ moved_versions: 120 })
      expect(await documents(storage)).toEqual(before)
      expect((await storage.verify()).findings).toEqual([])
    },
  )

  it('is not reported as a change', async () => {
    const dir = await tempDirectory()
    await using storage = await open(dir)
    await using other = await open(dir)
    await saveAll(storage, 'p', ['1.0.0', '1.1.0'])
    await other.listPromptIds()
    const registry = new PromptRegistry({ storage })
    await registry.label('p', 'live', '1.0.0')
    await other.listPromptIds()
    const changes = [storage.watch({ labels: true }), other.watch({ labels: true })]
    await storage.reshard({ enabled: true })
    await registry.label('p', 'live', '1.1.0')
    for (const one of changes)
      expect((await one.next()).value).toMatchObject({ kind: 'label', from: '1.0.0', to: '1.1.0' })
    await storage.saveVersion(sampleVersion('p', '3.0.0'))
    for (const one of changes)
      expect((await one.next()).value).toMatchObject({ kind: 'save', version: '3.0.0' })
  })

  it('is said by the reports while it is under way, and completed by the next call', async () => {
    const dir = await tempDirectory()
    await using storage = await open(dir)
    await fill(storage)
    const before = await shown(storage)
    const { problems } = await storage.doctor()
    await turnAroundAt(dir)
    await storage.saveVersion(sampleVersion('q', '1.0.0'))
    await storage.deleteVersion('q', '1.0.0')
    expect(await shown(storage)).toEqual(before)
    expect((await storage.getStorageStats()).sharding).toEqual({
      enabled: true,
      depth: 2,
      other_depth: 0,
    })
    expect((await storage.doctor()).problems).toContainEqual(
      expect.stringContaining('holdfast reshard completes it'),
    )
    await using late = await open(dir)
    expect(await shown(late)).toEqual(before)
    await expect(late.reshard({ depth: 4 })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      context: { reason: 'sharding', depth: 2, other_depth: 0 },
    })
    await expect(open(dir, { enableSharding: false })).rejects.toThrow('is being resharded')
    // The way back is as good as the way on.
    expect(await late.reshard({ enabled: false })).toMatchObject({ left: [] })
    expect((await storage.doctor()).problems).toEqual(problems)
    expect(await shown(late)).toEqual(before)
    expect((await late.verify()).findings).toEqual([])
  })

  it('is continued wherever it was interrupted', async () => {
    for (let calls = 1; ; calls++) {
      const dir = await tempDirectory()
      await using storage = await open(dir)
      for (const id of ['p', LONG]) await saveAll(storage, id, ['1.0.0', '1.1.0'])
      await new PromptRegistry({ storage }).label('p', 'live', '1.0.0')
      const before = await shown(storage)
      let left = calls
      const disk = interceptedDisk((real) => ({
        openCommitter: async (...given) => {
          const committer = await real.openCommitter(...given)
          return new Proxy(committer, {
            get: (target, name) => {
              const value: unknown = Reflect.get(target, name)
              if (name === 'commit' && left-- <= 0)
                return async () => await Promise.reject(new Error('interrupted'))
              return typeof value === 'function' ? (value.bind(target) as unknown) : value
            },
          })
        },
      }))
      const interrupted = await open(dir, { disk })
      const outcome = await interrupted.reshard({ depth: 2 }).catch((error: unknown) => error)
      await interrupted.close().catch(() => undefined)
      expect(await shown(storage)).toEqual(before)
      await using late = await open(dir, { useIndex: false })
      expect(await shown(late)).toEqual(before)
      await storage.reshard({ depth: 2 })
      expect(await shown(late)).toEqual(before)
      expect((await storage.verify()).findings).toEqual([])
      if (!(outcome instanceof Error)) return
    }
  })

  it('is done by several processes together', async () => {
    const dir = await tempDirectory()
    await using storage = await open(dir)
    await using other = await open(dir)
    for (let at = 0; at < 40; at++) await saveAll(storage, `p${at}`, ['1.0.0', '1.1.0'])
    const before = await documents(storage)
    const saving = Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        await storage.saveVersion(sampleVersion(`p${at}`, '2.0.0'))
        await other.deleteVersion(`p${at}`, '2.0.0')
      }),
    )
    const [one, two] = await Promise.all([
      storage.reshard({ depth: 1 }),
      other.reshard({ depth: 1 }),
    ])
    await saving
    expect(one.moved_versions + two.moved_versions).toBeGreaterThanOrEqual(80)
    // Deleting has left its mark in the histories.
    expect(await documents(other)).toEqual(before)
    expect((await other.verify()).findings).toEqual([])
    expect((await directories(dir)).every((name) => name.length === 1)).toBe(true)
  })

  it('leaves files of other programs where they are, and names their directories', async () => {
    const dir = await tempDirectory()
    await using storage = await open(dir)
    await saveAll(storage, 'p', ['1.0.0'])
    await writeFile(join(dir, 'p/notes.txt'), 'mine')
    await mkdir(join(dir, 'q'))
    expect((await storage.reshard({ depth: 2 })).left).toEqual(['p'])
    expect(await readdir(join(dir, 'p'))).toEqual(['notes.txt'])
    await expect(stat(join(dir, 'q'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is found again when the mark is lost', async () => {
    const dir = await tempDirectory()
    const storage = await open(dir)
    await fill(storage)
    await turnAroundAt(dir)
    await saveAll(storage, 'p', ['2.0.0', '2.0.1'])
    await saveAll(storage, 'q', ['1.0.0'])
    const before = await shown(storage)
    await storage.close()
    await rm(join(dir, '.metadata.json'))
    await using again = await open(dir)
    expect(await shown(again)).toEqual(before)
    expect((await markOf(dir)).requires).toContain('resharding')
    await again.reshard({ depth: 2 })
    expect(await shown(again)).toEqual(before)
  })

  it('stops when another process turns it around', async () => {
    const dir = await tempDirectory()
    const parts = await openParts(dir)
    await using storage = await open(dir)
    await saveAll(storage, 'p', ['1.0.0'])
    let isFirst = true
    const disk = interceptedDisk((real) => ({
      list: async (path) => {
        if (path === '' && isFirst && (await markOf(dir)).sharding.depth === 2) {
          isFirst = false
          await amendMetadata(parts.directory, (mark) => {
            const { resharding: _, ...others } = mark
            return { ...others, sharding: shardingOf(0) }
          })
        }
        return await real.list(path)
      },
    }))
    await using turned = await open(dir, { disk })
    await expect(turned.reshard({ depth: 2 })).rejects.toMatchObject({ code: 'FS-FORMAT-001' })
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0'])
  })

  it('refuses options that say nothing, or two things, by name', () => {
    expect(resolveReshardOptions({ enabled: true })).toBe(2)
    expect(resolveReshardOptions({ depth: 4 })).toBe(4)
    expect(resolveReshardOptions({ enabled: false })).toBe(0)
    expect(() => resolveReshardOptions({})).toThrow('"enabled" or option "depth"')
    expect(() => resolveReshardOptions({ enabled: false, depth: 1 })).toThrow('leave it out')
    expect(() => resolveReshardOptions({ depth: 5 })).toThrow('"depth"')
    expect(() => resolveReshardOptions({ deep: 1 } as never)).toThrow('deep')
  })
})
