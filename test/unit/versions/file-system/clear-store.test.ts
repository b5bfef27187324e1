import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { clearStore } from '../../../../src/versions/file-system/clear-store.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'
import { openParts } from './open-parts.js'

describe('clearStore', () => {
  it.each([{}, { enableSharding: true }])(
    'removes every version and every head, and leaves foreign files: %j',
    async (options) => {
      const storageDir = await tempDirectory()
      const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0, ...options })
      const ids = ['p', 'q', 'y'.repeat(300)]
      for (const promptId of ids)
        await storage.saveVersions(
          Array.from({ length: 100 }, (_, at) => sampleVersion(promptId, `1.0.${at}`)),
        )
      for (const promptId of ids.slice(1)) await label(storage, promptId, '1.0.7')
      await storage.close()
      const store = await openParts(storageDir, options)
      await clearStore(store, await store.features.current())
      await store.names.current()
      expect(await store.names.promptIds()).toEqual([])
      const files = await readdir(storageDir, { recursive: true })
      expect(files.filter((name) => /labels|prompt\.json|1\.0/.test(name))).toEqual([])
    },
  )

  it('leaves no label of a version that it has removed, while others label', async () => {
    const storageDir = await tempDirectory()
    const [one, other] = await Promise.all(
      [1, 2].map(async () => await FileSystemStorage.open({ storageDir, minFreeMb: 0 })),
    )
    if (one === undefined || other === undefined) throw new Error('not open')
    for (let round = 0; round < 5; round++) {
      const versions = Array.from({ length: 20 }, (_, at) => sampleVersion('p', `1.0.${at}`))
      await one.saveVersions(versions)
      const labelling = Array.from({ length: 20 }, async (_, at) => {
        await label(other, 'p', `1.0.${at}`)
      })
      await Promise.allSettled([one.clearAll(), ...labelling])
      expect((await one.verify()).findings).toEqual([])
      await one.clearAll()
      expect(await other.readHead('p')).toBeUndefined()
    }
    await Promise.all([one.close(), other.close()])
  })
})
