import { describe, expect, it } from 'vitest'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import { subscribe } from '../../../../src/base/channels.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { sortVersions } from '../../../../src/document/version-number.js'
import { pageOf } from '../../../../src/versions/version-storage.js'
import { Opened } from './source-fixtures.js'

async function filled(useCache = true): Promise<{ database: MapDatabase; opened: Opened }> {
  const database = new MapDatabase()
  const writer = new Opened(database)
  for (const version of ['1.2.0', '1.10.0', '1.9.0'])
    await writer.save([sampleVersion('p', version)])
  const opened = new Opened(database, useCache)
  return { database, opened }
}

/** Lets the source answer pages; returns the prompts that were asked for. */
function pagesOf({ source }: Opened, database: MapDatabase): readonly string[] {
  const asked: string[] = []
  source.page = async (promptId, page) => {
    asked.push(promptId)
    const { versions } = database.prompt(promptId)
    const names = pageOf(sortVersions([...versions.keys()]), page)
    return await new MapSource(database).get(promptId, names)
  }
  return asked
}

/** Flips a bit in the stored text of a version. */
function damage(database: MapDatabase, version: string): void {
  const versions = database.prompt('p').versions
  const stored = versions.get(version)
  if (stored === undefined) throw new Error('missing')
  const bytes = Uint8Array.from(stored.bytes)
  bytes[20] = (bytes[20] ?? 0) ^ 1
  versions.set(version, { ...stored, bytes })
}

describe('the reader of a source', () => {
  it('reads a document once, and asks for changes before each answer', async () => {
    const { opened } = await filled()
    const first = await opened.reader.document('p', '1.2.0', false)
    expect(first?.version).toBe('1.2.0')
    expect(await opened.reader.document('p', '1.2.0', true)).toBe(first)
    expect(opened.source.reads).toBe(1)
    expect(opened.source.refreshes).toEqual([false, true])
    expect(opened.reader.cacheStats).toMatchObject({ hits: 1, misses: 1 })
  })

  it('has a document at once only where memory may be old for a time', async () => {
    const { opened } = await filled()
    const first = await opened.reader.document('p', '1.2.0', false)
    expect(opened.reader.known('p', '1.2.0')).toBeUndefined()
    Object.assign(opened.source, { coherence: { withinMs: 100 }, refresh: () => undefined })
    expect(opened.reader.known('p', '1.2.0')).toBe(first)
    expect(opened.reader.known('p', '1.9.0')).toBeUndefined()
    Object.assign(opened.source, { refresh: async () => await Promise.reject(new Error('away')) })
    expect(opened.reader.known('p', '1.2.0')).toBeUndefined()
  })

  it('sorts numbers by precedence, and reads them again after a change of the prompt', async () => {
    const { database, opened } = await filled()
    expect(await opened.reader.names('p')).toEqual(['1.2.0', '1.9.0', '1.10.0'])
    expect(await opened.reader.names('p')).toHaveLength(3)
    expect(await opened.reader.head('p')).toBeUndefined()
    expect(await opened.reader.head('p')).toBeUndefined()
    expect(opened.source.reads).toBe(2)
    await new Opened(database).save([sampleVersion('p', '2.0.0')])
    expect(await opened.reader.names('p')).toHaveLength(4)
    expect(opened.source.reads).toBe(3)
  })

  it('asks for changes before each batch of documents, which may come long after the numbers', async () => {
    const { opened } = await filled()
    await opened.reader.documents('p', ['1.2.0'])
    await opened.reader.documents('p', ['1.2.0'])
    expect(opened.source.refreshes).toEqual([false, false])
  })

  it('does not ask for changes where it has nothing in memory', async () => {
    const { opened } = await filled(false)
    await opened.reader.document('p', '1.2.0', true)
    await opened.reader.documents('p', ['1.2.0'])
    await opened.reader.names('p')
    await opened.reader.head('p')
    expect(opened.source.refreshes).toEqual([])
  })

  it('reads everything again without a cache', async () => {
    const { opened } = await filled(false)
    for (let call = 0; call < 2; call++) {
      await opened.reader.document('p', '1.2.0', false)
      await opened.reader.names('p')
    }
    expect(opened.source.reads).toBe(4)
    expect(opened.reader.cacheStats).toBeUndefined()
  })

  it('does not keep a document that was deleted while it was read', async () => {
    const { opened } = await filled()
    opened.source.afterGet = () =>
      opened.reader.apply({ kind: 'delete', promptId: 'p', version: '1.2.0' })
    await opened.reader.document('p', '1.2.0', false)
    opened.source.afterGet = undefined
    await opened.reader.document('p', '1.2.0', false)
    expect(opened.source.reads).toBe(2)
  })

  it('forgets everything at a reset', async () => {
    const { opened } = await filled()
    await opened.reader.document('p', '1.2.0', false)
    opened.reader.apply({ kind: 'reset' })
    await opened.reader.document('p', '1.2.0', false)
    expect(opened.source.reads).toBe(2)
  })

  it('reads a page with one question where the source can, and nothing is in memory', async () => {
    const { database, opened } = await filled(false)
    const asked = pagesOf(opened, database)
    const latest = { limit: 2, offset: 0, order: 'descending' } as const
    const versions = async (reader = opened.reader) =>
      (await reader.page('p', latest)).map(({ version }) => version)
    expect(await versions()).toEqual(['1.10.0', '1.9.0'])
    expect((await opened.reader.latest('p', false))?.version).toBe('1.10.0')
    expect(await opened.reader.latest('none', false)).toBeUndefined()
    expect(asked).toEqual(['p', 'p', 'none'])
    expect(opened.source.reads).toBe(0)
    // More than one question takes, and a reader with a cache: by the numbers, which it keeps.
    expect(await opened.reader.page('p', { ...latest, limit: 65 })).toHaveLength(3)
    const cached = new Opened(database)
    pagesOf(cached, database)
    expect(await versions(cached.reader)).toEqual(['1.10.0', '1.9.0'])
    expect((await cached.reader.latest('p', false))?.version).toBe('1.10.0')
    expect([opened.source.reads, cached.source.reads]).toEqual([2, 2])
  })

  it('leaves a damaged document out of such a page, and fails for a damaged latest one', async () => {
    const { database, opened } = await filled(false)
    pagesOf(opened, database)
    damage(database, '1.10.0')
    const page = await opened.reader.page('p', { limit: 3, offset: 0, order: 'ascending' })
    expect(page.map(({ version }) => version)).toEqual(['1.2.0', '1.9.0'])
    const code = 'FS-LOAD-001'
    await expect(opened.reader.latest('p', false)).rejects.toMatchObject({ code })
  })

  it('fails for a damaged document, and leaves it out of lists with an announcement', async () => {
    const { database, opened } = await filled()
    damage(database, '1.9.0')
    await expect(opened.reader.document('p', '1.9.0', false)).rejects.toMatchObject({
      code: 'FS-LOAD-001',
      context: { path: 'map:: p/1.9.0', prompt_id: 'p', version: '1.9.0' },
    })
    const announced: string[] = []
    const stop = subscribe('corrupt', ({ path }) => announced.push(path))
    try {
      const names = ['1.2.0', '1.9.0', '1.10.0']
      const documents = await opened.reader.documents('p', names)
      expect(documents.map(({ version }) => version)).toEqual(['1.2.0', '1.10.0'])
      const facts = await opened.reader.facts('p', names)
      expect(facts.map(({ version }) => version)).toEqual(['1.2.0', '1.10.0'])
      expect(announced).toEqual(['map:: p/1.9.0', 'map:: p/1.9.0'])
    } finally {
      stop()
    }
  })
})
