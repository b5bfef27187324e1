import { copyFile, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import type { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { openStore } from '../../../proof/faults/support.js'
import { interceptedDisk } from '../../../support/intercepted-disk.js'
import { tempDirectory } from '../../../support/temp.js'

const FILE = '.summaries.jsonl'
const COUNT = 1000

/** A store with enough versions of one prompt to be worth a file, and one of another. */
async function filled(): Promise<string> {
  const storageDir = await tempDirectory()
  const storage = await openStore(storageDir)
  await storage.saveVersions(
    Array.from({ length: COUNT }, (_, at) =>
      sampleVersion('p', `1.0.${at}`, { metadata: { message: `m${at}` } }),
    ),
  )
  await storage.saveVersion(sampleVersion('q', '1.0.0'))
  await storage.close()
  // The clock of the file system ticks before a stamp proves anything.
  await sleep(50)
  return storageDir
}

interface Watched {
  readonly storage: FileSystemStorage
  /** Version files that were read. */
  readonly reads: string[]
}

async function open(
  storageDir: string,
  options: Partial<FileSystemStorageOptions> = {},
): Promise<Watched> {
  const reads: string[] = []
  const disk = interceptedDisk((real) => ({
    readMany: async (paths, maxBytes) => {
      for (const path of paths) reads.push(path)
      return await real.readMany(paths, maxBytes)
    },
  }))
  return { storage: await openStore(storageDir, { ...options, disk }), reads }
}

/** Reads all summaries in a process of its own, which writes the file when it ends. */
async function summarise(storageDir: string): Promise<void> {
  const { storage, reads } = await open(storageDir)
  await storage.listVersionSummaries('p')
  expect(reads).toHaveLength(COUNT)
  await storage.close()
}

describe('the file of summaries', () => {
  it.each([{}, { useIndex: false }, { readOnly: true }])(
    'saves the next process from reading the documents (%j)',
    async (options) => {
      const storageDir = await filled()
      await summarise(storageDir)
      const { storage, reads } = await open(storageDir, options)
      const summaries = await storage.listVersionSummaries('p')
      expect(summaries.map(({ message }) => message)).toEqual(
        Array.from({ length: COUNT }, (_, at) => `m${at}`),
      )
      expect(reads).toEqual([])
      await storage.listVersionSummaries('q')
      expect(reads).toEqual(['q/1.0.0.json'])
    },
  )

  it('is not written for a few versions, nor by a reader', async () => {
    const storageDir = await filled()
    const few = await openStore(storageDir)
    await few.listVersionSummaries('p', { limit: COUNT - 1 })
    await few.close()
    const reader = await openStore(storageDir, { readOnly: true })
    await reader.listVersionSummaries('p')
    await reader.close()
    await expect(stat(join(storageDir, FILE))).rejects.toThrow('ENOENT')
  })

  it('is not believed after a version was deleted and saved again with other content', async () => {
    const storageDir = await filled()
    await summarise(storageDir)
    const writer = await openStore(storageDir)
    await writer.deleteVersion('p', '1.0.7')
    await writer.saveVersion(sampleVersion('p', '1.0.7', { metadata: { message: 'again' } }))
    await writer.close()
    const { storage } = await open(storageDir)
    expect((await storage.listVersionSummaries('p'))[7]?.message).toBe('again')
  })

  it('is not believed after another program replaced a version, even while the store was open', async () => {
    const storageDir = await filled()
    const other = await openStore(await tempDirectory())
    await other.saveVersion(sampleVersion('p', '1.0.7', { metadata: { message: 'other' } }))
    const first = await openStore(storageDir)
    await first.listVersionSummaries('p')
    const path = first.pathOf('p', '1.0.7')
    await copyFile(other.pathOf('p', '1.0.7'), `${path}.new`)
    await rename(`${path}.new`, path)
    await first.close()
    expect((await stat(join(storageDir, FILE))).size).toBeGreaterThan(COUNT)
    const { storage } = await open(storageDir)
    expect((await storage.listVersionSummaries('p'))[7]?.message).toBe('other')
  })

  it('is read around its damaged lines, and written again', async () => {
    const storageDir = await filled()
    await summarise(storageDir)
    const path = join(storageDir, FILE)
    const bytes = await readFile(path)
    for (const damaged of [
      bytes.subarray(0, bytes.length / 2),
      Buffer.concat([Buffer.from('garbage\n'), bytes.subarray(1)]),
      Buffer.alloc(0),
    ]) {
      await writeFile(path, damaged)
      await summarise(storageDir)
      expect(await readFile(path)).toEqual(bytes)
    }
  })

  it('is removed when everything is, and when deleted texts are', async () => {
    const storageDir = await filled()
    await summarise(storageDir)
    const storage = await openStore(storageDir)
    await storage.shred()
    await expect(stat(join(storageDir, FILE))).rejects.toThrow('ENOENT')
    await storage.listVersionSummaries('p')
    await storage.clearAll()
    await storage.close()
    await expect(stat(join(storageDir, FILE))).rejects.toThrow('ENOENT')
  })

  it('that cannot be written is announced, and nothing else fails', async () => {
    const storageDir = await filled()
    const disk = interceptedDisk((real) => ({
      write: async (path, ...rest) => {
        if (path === FILE) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
        await real.write(path, ...rest)
      },
    }))
    const stages: string[] = []
    const stop = subscribe('background-error', ({ stage }) => stages.push(stage))
    try {
      const storage = await openStore(storageDir, { disk })
      expect(await storage.listVersionSummaries('p')).toHaveLength(COUNT)
      await storage.close()
      expect(stages).toContain('summaries')
    } finally {
      stop()
    }
  })

  it('belongs to the store: verify does not report it', async () => {
    const storageDir = await filled()
    await summarise(storageDir)
    const storage = await openStore(storageDir)
    expect((await storage.verify()).findings).toEqual([])
  })
})
