import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import {
  promptRegistryConformance,
  versionStorageConformance,
} from '../../../../src/versions/conformance.js'
import {
  sampleVersion,
  type ConformanceSubject,
} from '../../../../src/versions/conformance/subject.js'
import type { SourceListener } from '../../../../src/versions/source/document-source.js'
import { DocumentStorage } from '../../../../src/versions/source/document-storage.js'

for (const useCache of [true, false]) {
  const subject: ConformanceSubject = {
    name: `DocumentStorage ${useCache ? 'with' : 'without'} a cache`,
    persistent: true,
    reportsMoves: true,
    sharesObjects: useCache,
    handles: { coherence: 'nextCall' },
    makePlace: async () => {
      const database = new MapDatabase()
      return { open: async () => new DocumentStorage(new MapSource(database), { useCache }) }
    },
  }
  versionStorageConformance(subject, { describe, it })
  promptRegistryConformance(subject, { describe, it })
}

it.each(['map-source.ts', 'map-files.ts'])(
  'needs 150 lines of code for the example %s',
  async (file) => {
    const path = join(import.meta.dirname, '../../../../examples/backends', file)
    const lines = (await readFile(path, 'utf8')).replace(/\/\*[\s\S]*?\*\//g, '').split('\n')
    const code = lines.filter((line) => line.trim() !== '' && !line.trim().startsWith('//'))
    expect(code.length).toBeGreaterThan(50)
    expect(code.length).toBeLessThanOrEqual(150)
  },
)

it('lets each handle decide whether it saves pre-releases, and shows them in all', async () => {
  const database = new MapDatabase()
  const stable = new DocumentStorage(new MapSource(database))
  const early = new DocumentStorage(new MapSource(database), { allowPrerelease: true })
  await early.saveVersion(sampleVersion('p', '1.0.0-beta.1'))
  expect((await stable.getLatestVersion('p'))?.version).toBe('1.0.0-beta.1')
  await expect(stable.saveVersion(sampleVersion('p', '1.0.0-beta.2'))).rejects.toThrow(
    'pre-releases need the option allowPrerelease: true',
  )
  await stable.saveVersion(sampleVersion('p', '1.0.0'))
  await early.saveVersion(sampleVersion('p', '1.0.1-beta.1'))
  expect(await stable.listVersionNames('p')).toEqual(await early.listVersionNames('p'))
})

/** A source whose memory is as old as it may be whenever the test says so. */
class Expiring extends MapSource {
  #listener: SourceListener = () => undefined
  reads = 0

  override listen(listener: SourceListener): void {
    this.#listener = listener
    super.listen(listener)
  }

  override async get(...given: Parameters<MapSource['get']>): ReturnType<MapSource['get']> {
    this.reads++
    return await super.get(...given)
  }

  expire(): void {
    this.#listener([{ kind: 'expired' }])
  }
}

describe('memory that is as old as its source allows', () => {
  it('is dropped, and watchers hear nothing', async () => {
    const source = new Expiring()
    await using storage = new DocumentStorage(source)
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const changes = storage.watch({ labels: true })
    for (let read = 0; read < 2; read++) await storage.getVersion('p', '1.0.0')
    expect(source.reads).toBe(0)
    source.expire()
    for (let read = 0; read < 2; read++) await storage.getVersion('p', '1.0.0')
    expect(source.reads).toBe(1)
    await storage.saveVersion(sampleVersion('p', '1.1.0'))
    expect((await changes.next()).value).toMatchObject({ kind: 'save', version: '1.1.0' })
    await changes.return()
  })
})
