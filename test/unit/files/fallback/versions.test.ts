import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../../src/files/backend.js'
import type { FallbackBackend } from '../../../../src/files/fallback/backend.js'
import { replayKeep, sendVersions } from '../../../../src/files/fallback/versions.js'
import type { VersionKeeper } from '../../../../src/files/kept.js'
import { MemoryBackend } from '../../../../src/files/memory.js'
import { codeOf, documentOf, getText, putText } from '../bucket/files.js'
import { fallbackParts } from './parts.js'
import { OutagePlace, syncAll } from './place.js'

async function store(backend: VersionKeeper, key: string, text: string): Promise<StoredFile> {
  return await putText(backend, key, text, { keep: { nowMs: Date.now(), keeps: () => true } })
}

async function remove(backend: FallbackBackend, key: string): Promise<boolean> {
  return await backend.delete(key, { keep: { nowMs: Date.now(), keeps: () => true } })
}

/** Newest first. */
async function textsOf(backend: VersionKeeper, key: string): Promise<string[]> {
  const versions = await backend.versions(key)
  return await Promise.all(
    versions.map(async ({ version }) => {
      const found = await backend.getVersion(key, version)
      return (await found?.body.toArray())?.join('') ?? 'missing'
    }),
  )
}

for (const kind of ['s3', 'gcs'] as const)
  describe(`versions over a fallback (${kind})`, () => {
    it('are all in the cloud after an outage, in the order of the changes', async () => {
      const place = await OutagePlace.make(kind, { keepVersions: 10 })
      const backend = await place.open()
      for (const text of ['one', 'two']) await store(backend, 'k', text)
      place.down()
      for (const text of ['three', 'four', 'five']) await store(backend, 'k', text)
      expect(await getText(backend, 'k')).toBe('five')
      expect(await codeOf(backend.versions('k'))).toBe('FS-UNAVAILABLE-001')
      place.up()
      await syncAll(backend)
      const cloud = await place.cloud()
      expect(await getText(cloud, 'k')).toBe('five')
      expect(await textsOf(cloud, 'k')).toEqual(['four', 'three', 'two', 'one'])
      expect(await textsOf(backend, 'k')).toEqual(['four', 'three', 'two', 'one'])
      for await (const entry of backend.allVersions('')) expect(entry.file?.key).toBe('k')
    })

    it('are kept of files that an outage has deleted', async () => {
      const place = await OutagePlace.make(kind, { keepVersions: 10 })
      const backend = await place.open()
      await store(backend, 'k', 'one')
      await store(backend, 'other', 'uno')
      place.down()
      await store(backend, 'k', 'two')
      expect(await remove(backend, 'k')).toBe(true)
      expect(await remove(backend, 'other')).toBe(true)
      place.up()
      await syncAll(backend)
      const cloud = await place.cloud()
      expect(await cloud.head('k')).toBeUndefined()
      expect(await textsOf(cloud, 'k')).toEqual(['two', 'one'])
      expect(await textsOf(cloud, 'other')).toEqual(['uno'])
    })
  })

describe('the versions of a pending key', () => {
  it('are those kept here, the file in the cloud, and those kept there', async () => {
    const place = await OutagePlace.make('s3', { keepVersions: 10 })
    const backend = await place.open()
    for (const text of ['one', 'two']) await store(backend, 'k', text)
    const inCloud = (await backend.head('k'))?.etag ?? ''
    place.down()
    for (const text of ['three', 'four']) await store(backend, 'k', text)
    place.up()
    // The cloud answers again, but nothing is replayed yet.
    const others = await place.open()
    await expect.poll(async () => await textsOf(others, 'k')).toEqual(['three', 'two', 'one'])
    expect((await others.headVersion('k', inCloud))?.etag).toBe(inCloud)
    expect(await others.headVersion('k', 'none')).toBeUndefined()
    const [three = ''] = (await others.versions('k')).map(({ version }) => version)
    expect(await others.deleteVersions('k', [three])).toBe(1)
    await syncAll(backend)
    expect(await textsOf(backend, 'k')).toEqual(['two', 'one'])
  })
})

describe('a replay of versions', () => {
  it('may be done again, and leaves what is damaged here', async () => {
    const cloud = new MemoryBackend({ most: 5 })
    const parts = await fallbackParts(cloud)
    const document = documentOf('k', Buffer.from('one'))
    const kept = { key: 'k', version: 'a1', keptMs: 1000 }
    await parts.local.putVersion(kept, Buffer.from('one'), () => document, 'absent')
    expect(await replayKeep(parts, 'k', 5000)).toMatchObject({ nowMs: 999 })
    expect(await replayKeep(parts, 'other', 5000)).toMatchObject({ nowMs: 5000 })
    expect(await sendVersions(parts, 'k')).toEqual(['a1'])
    expect(await sendVersions(parts, 'k')).toEqual(['a1'])
    expect(await textsOf(cloud, 'k')).toEqual(['one'])
    const path = '.versions/k/000000000001000-a1~f.json'
    const bytes = Buffer.from('damaged')
    await parts.local.directory.commit([{ kind: 'replace', path, bytes }])
    expect(await sendVersions(parts, 'k')).toEqual([])
  })
})
