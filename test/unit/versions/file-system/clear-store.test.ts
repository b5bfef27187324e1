import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { clearStore } from '../../../../src/versions/file-system/clear-store.js'
import { HISTORY_BYTES_FULL } from '../../../../src/versions/file-system/head-file.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'
import { turnAroundAt } from './moved-subjects.js'
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

  it('removes a history of which a part is moved while its directories are read', async () => {
    for (let after = 1; ; after++) {
      const storageDir = await tempDirectory()
      await using storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
      await storage.saveVersion(sampleVersion('p', '1.0.0'))
      for (const reason of ['x'.repeat(HISTORY_BYTES_FULL), ''])
        await label(storage, 'p', '1.0.0', reason)
      await turnAroundAt(storageDir)
      const store = await openParts(storageDir)
      const mark = await store.features.current()
      const [to = ''] = store.layout.promptDirectories('p')
      const { volume } = store.directory
      const list = volume.list.bind(volume)
      let lists = 0
      volume.list = async (path) => {
        const found = await list(path)
        if (++lists === after) await moveFile(store, 'p/.labels.jsonl', `${to}/.labels.jsonl`)
        return found
      }
      await clearStore(store, mark)
      const files = await readdir(storageDir, { recursive: true })
      expect(files.filter((name) => name.includes('labels'))).toEqual([])
      if (lists < after) return
    }
  })
})

async function moveFile(
  { directory }: Awaited<ReturnType<typeof openParts>>,
  from: string,
  to: string,
): Promise<void> {
  const bytes = await directory.read(from)
  if (bytes === undefined) return
  await directory.commit([
    { kind: 'create', path: to, bytes },
    { kind: 'remove', path: from },
  ])
}
