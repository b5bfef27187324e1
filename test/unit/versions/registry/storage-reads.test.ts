import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { parseReference } from '../../../../src/versions/registry/reference.js'
import {
  readHead,
  readLatest,
  readReferenced,
  readView,
  requireReferenced,
} from '../../../../src/versions/registry/storage-reads.js'
import { memoryRegistry } from './registry-support.js'

describe('reading by reference', () => {
  it('follows a label that moves between its look-up and the read, when its old version goes', async () => {
    /** Another process moves the label and deletes the old version just before the first read. */
    class Racing extends MemoryStorage {
      before: (() => Promise<unknown>) | undefined
      override async getVersion(
        ...names: [string, string]
      ): ReturnType<MemoryStorage['getVersion']> {
        const work = this.before
        this.before = undefined
        await work?.()
        return await super.getVersion(...names)
      }
    }
    const storage = new Racing()
    const { registry } = memoryRegistry({ storage })
    for (const text of ['a', 'b']) await registry.publish('p', { text })
    await registry.label('p', 'live', '1.0.0')
    storage.before = async () => {
      await registry.label('p', 'live', '1.0.1')
      await storage.deleteVersion('p', '1.0.0')
    }
    const found = await readReferenced(storage, 'p', parseReference('@live'))
    expect(found?.version).toBe('1.0.1')
    expect(await readReferenced(storage, 'p', parseReference('1.0.0'))).toBeUndefined()
  })

  it('that must find something says what there is', async () => {
    const { registry, storage } = memoryRegistry()
    await registry.publish('p', { text: 'a' }, { labels: ['live'] })
    const found = await requireReferenced(storage, 'p', parseReference('@live'))
    expect(found.version).toBe('1.0.0')
    const missing = requireReferenced(storage, 'p', parseReference('^2'))
    await expect(missing).rejects.toThrow(/range \^2; versions: 1\.0\.0; labels: @live/)
  })
})

describe('the reference latest', () => {
  it('passes over pre-releases that are higher than the last stable version', async () => {
    const storage = new MemoryStorage({ allowPrerelease: true })
    const { registry } = memoryRegistry({ storage })
    const { prompt, created_at } = await registry.publish('p', { text: 'a' })
    for (const version of ['1.1.0-beta.1', '1.1.0-beta.2'])
      await storage.saveVersion({ prompt_id: 'p', version, created_at, prompt })
    const latest = await readReferenced(storage, 'p', parseReference('latest'))
    expect(latest?.version).toBe('1.0.0')
    expect(await readReferenced(storage, 'q', parseReference('latest'))).toBeUndefined()
  })
})

describe('the latest version', () => {
  it('counts as there when it is damaged, and other failures are passed on', async () => {
    const { registry, storage } = memoryRegistry()
    expect(await readLatest(storage, 'p')).toBeUndefined()
    await registry.publish('p', { text: 'a' })
    expect((await readLatest(storage, 'p'))?.document?.version).toBe('1.0.0')
    const failing = (code: 'FS-LOAD-001' | 'FS-IO-001'): MemoryStorage =>
      Object.assign(Object.create(storage) as MemoryStorage, {
        listVersionNames: async () => ['1.0.0'],
        getVersion: async () => await Promise.reject(new StorageError(code, 'no')),
      })
    const damaged = await readLatest(failing('FS-LOAD-001'), 'p')
    expect(damaged).toEqual({ version: '1.0.0', document: undefined })
    await expect(readLatest(failing('FS-IO-001'), 'p')).rejects.toMatchObject({ code: 'FS-IO-001' })
  })
})

describe('a prompt without a head', () => {
  it('reads as one without labels', async () => {
    const storage = new MemoryStorage()
    expect((await readHead(storage, 'p')).labels).toEqual({})
    expect(await readView(storage, 'p')).toEqual({ promptId: 'p', head: undefined, versions: [] })
  })
})
