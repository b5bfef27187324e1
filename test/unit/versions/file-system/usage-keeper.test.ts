import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import type { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { openStore } from '../../../proof/faults/support.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'

const FILE = '.usage.json'

async function filled(): Promise<string> {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir)
  for (const id of ['a', 'b', 'c'])
    for (const version of ['1.0.0', '1.0.1']) await storage.saveVersion(sampleVersion(id, version))
  await storage.close()
  return storageDir
}

/** Reads a version several times in a process of its own. */
async function use(storageDir: string, id: string, version: string, times: number): Promise<void> {
  const storage = await openStore(storageDir)
  await read(storage, id, version, times)
  await storage.close()
}

async function read(
  storage: FileSystemStorage,
  id: string,
  version: string,
  times: number,
): Promise<void> {
  for (let at = 0; at < times; at++) await storage.getVersion(id, version)
}

async function used(storage: FileSystemStorage): Promise<readonly (readonly [string, number])[]> {
  const { documents = [] } = (await storage.cacheUsage()) ?? {}
  // They are worth a little less after some milliseconds.
  return documents.map(({ prompt_id, version, uses }) => [
    `${prompt_id} ${version}`,
    Math.round(uses),
  ])
}

describe('the usage of a store', () => {
  it('is counted over processes, and decides what is read ahead', async () => {
    const storageDir = await filled()
    await use(storageDir, 'c', '1.0.0', 30)
    await use(storageDir, 'b', '1.0.0', 20)
    await use(storageDir, 'c', '1.0.0', 10)
    const storage = await openStore(storageDir)
    expect(await used(storage)).toEqual([
      ['c 1.0.0', 40],
      ['b 1.0.0', 20],
    ])
    expect((await storage.cacheUsage({ limit: 1 }))?.documents).toHaveLength(1)
    expect((await storage.cacheUsage())?.hit_rate).toBeCloseTo(57 / 60)
    expect(await storage.warmCache({ limit: 2 })).toBe(2)
    const cached = async (id: string, version: string): Promise<boolean> => {
      const { hits = 0 } = storage.cacheStats() ?? {}
      await storage.getVersion(id, version)
      return (storage.cacheStats()?.hits ?? 0) > hits
    }
    expect([await cached('c', '1.0.0'), await cached('b', '1.0.0')]).toEqual([true, true])
    expect([await cached('c', '1.0.1'), await cached('a', '1.0.1')]).toEqual([false, false])
  })

  it('adds the latest versions of other prompts where too little was used', async () => {
    const storageDir = await filled()
    await use(storageDir, 'b', '1.0.0', 20)
    await use(storageDir, 'c', '1.0.1', 20)
    const storage = await openStore(storageDir)
    await storage.deleteVersion('c', '1.0.1')
    // b 1.0.0 was used, c 1.0.1 is gone; a 1.0.1, b 1.0.1 and c 1.0.0 are the latest.
    expect(await storage.warmCache()).toBe(4)
    expect(storage.cacheStats()).toMatchObject({ size: 4, hits: 0, misses: 0 })
  })

  it('shows at once what this process has used, and keeps it at a checkpoint', async () => {
    const storageDir = await filled()
    const storage = await openStore(storageDir)
    await read(storage, 'a', '1.0.0', 12)
    expect(await used(storage)).toEqual([['a 1.0.0', 12]])
    await storage.saveVersion(sampleVersion('d', '1.0.0'))
    await storage.shred()
    const text = await readFile(join(storageDir, FILE), 'utf8')
    expect(text).toContain('"prompt_id":"a"')
    expect(await used(storage)).toEqual([['a 1.0.0', 12]])
  })

  it('is not written for a few reads, nor by a reader, nor without a cache', async () => {
    const storageDir = await filled()
    await use(storageDir, 'a', '1.0.0', 9)
    const reader = await openStore(storageDir, { readOnly: true })
    await read(reader, 'a', '1.0.0', 20)
    expect(await used(reader)).toEqual([['a 1.0.0', 20]])
    await reader.close()
    const uncached = await openStore(storageDir, { useCache: false })
    await read(uncached, 'a', '1.0.0', 20)
    expect([await uncached.cacheUsage(), await uncached.warmCache()]).toEqual([undefined, 0])
    await uncached.close()
    await expect(stat(join(storageDir, FILE))).rejects.toThrow('ENOENT')
  })

  it('is forgotten when everything is removed', async () => {
    const storageDir = await filled()
    await use(storageDir, 'a', '1.0.0', 20)
    const storage = await openStore(storageDir)
    await read(storage, 'a', '1.0.0', 20)
    await storage.clearAll()
    expect(await used(storage)).toEqual([])
    await storage.close()
    await expect(stat(join(storageDir, FILE))).rejects.toThrow('ENOENT')
  })

  it('begins again where its file is damaged', async () => {
    const storageDir = await filled()
    await use(storageDir, 'a', '1.0.0', 20)
    await writeFile(join(storageDir, FILE), '{"format_version":1,')
    await use(storageDir, 'b', '1.0.0', 20)
    const storage = await openStore(storageDir)
    expect(await used(storage)).toEqual([['b 1.0.0', 20]])
    expect((await storage.verify()).findings).toEqual([])
  })

  it('that cannot be written is announced, and counted the next time', async () => {
    const storageDir = await filled()
    let isFull = true
    const disk = interceptedDisk((real) => ({
      write: async (path, ...rest) => {
        if (path === FILE && isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        await real.write(path, ...rest)
      },
    }))
    const stages: string[] = []
    onTestFinished(subscribe('background-error', ({ stage }) => stages.push(stage)))
    const storage = await openStore(storageDir, { disk })
    await read(storage, 'a', '1.0.0', 20)
    await storage.saveVersion(sampleVersion('d', '1.0.0'))
    await storage.shred()
    expect(stages).toContain('usage')
    isFull = false
    await storage.close()
    expect(await used(await openStore(storageDir))).toEqual([['a 1.0.0', 20]])
  })
})
