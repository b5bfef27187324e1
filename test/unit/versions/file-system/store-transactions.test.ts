import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import type { FileSystemStorageOptions } from '../../../../src/versions/file-system/file-system-options.js'
import type { PromptVersion } from '../../../../src/versions/prompts/prompt-version.js'
import type { StandardSchema } from '../../../../src/versions/version-storage.js'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import { tempDirectory } from '../../../support/temp.js'
import { headAt, label } from './head-fixtures.js'

async function open(
  storageDir: string,
  options: Partial<FileSystemStorageOptions> = {},
): Promise<FileSystemStorage> {
  const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0, ...options })
  onTestFinished(async () => await storage.close())
  return storage
}

async function pair(
  options: Partial<FileSystemStorageOptions> = {},
): Promise<readonly [FileSystemStorage, FileSystemStorage, string]> {
  const storageDir = await tempDirectory()
  return [await open(storageDir, options), await open(storageDir, options), storageDir]
}

describe('a transaction of two handles of one store', () => {
  it('decides again with what the other has committed', async () => {
    const [one, other] = await pair()
    await one.saveVersion(sampleVersion('p', '1.0.0'))
    const publish = async (storage: FileSystemStorage): Promise<string> =>
      await storage.transact(['p'], ([view]) => {
        const version = `1.0.${view?.versions.length ?? 0}`
        const save = [sampleVersion('p', version)]
        return { changes: [{ promptId: 'p', save, head: NO_HEAD }], result: version }
      })
    const numbers = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => await publish(at % 2 === 0 ? one : other)),
    )
    expect(new Set(numbers).size).toBe(30)
    expect(await other.listVersionNames('p')).toEqual(await one.listVersionNames('p'))
    expect(await one.getVersion('p', '1.0.30')).toEqual(sampleVersion('p', '1.0.30'))
  })

  it('ends with a code when the other has changed its prompt before each of its commits', async () => {
    const storageDir = await tempDirectory()
    const other = await open(storageDir)
    await other.saveVersion(sampleVersion('p', '1.0.0'))
    let checks = 0
    const schema: StandardSchema<PromptVersion> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: async (value) => {
          await other.saveVersion(sampleVersion('p', `1.0.${++checks}`))
          return { value: value as PromptVersion }
        },
      },
    }
    const one = await FileSystemStorage.open({ storageDir, minFreeMb: 0, schema, lockTimeoutMs: 1 })
    onTestFinished(async () => await one.close())
    const losing = one.transact(['p'], ([view]) => {
      const save = [sampleVersion('p', `1.0.${view?.versions.length ?? 0}`)]
      return { changes: [{ promptId: 'p', save, head: NO_HEAD }], result: undefined }
    })
    await expect(losing).rejects.toMatchObject({
      code: 'FS-LOCK-001',
      context: { reason: 'contention', outcome: 'none', prompt_id: 'p' },
    })
    expect(checks).toBe(10)
    expect(await one.listVersionNames('p')).toHaveLength(11)
    expect(await one.readHead('p')).toBeUndefined()
  })

  it('shows a move to the other at its next call', async () => {
    const [one, other] = await pair()
    await one.saveVersion(sampleVersion('p', '1.0.0'))
    await one.saveVersion(sampleVersion('p', '1.0.1'))
    for (let round = 0; round < 20; round++) {
      const version = `1.0.${round % 2}`
      await label(round % 3 === 0 ? other : one, 'p', version)
      const heads = await Promise.all([one.readHead('p'), other.readHead('p')])
      expect(heads.map((head) => head?.labels['production']?.version)).toEqual([version, version])
    }
  })

  it('commits nothing if a head that it only read has changed', async () => {
    const [one, other] = await pair()
    await one.saveVersions([sampleVersion('p', '1.0.0'), sampleVersion('q', '1.0.0')])
    await label(one, 'p', '1.0.0')
    let moving: Promise<void> | undefined
    let decisions = 0
    await one.transact(['p', 'q'], (views) => {
      decisions++
      // Committed by the other handle while this decision is on its way.
      moving ??= label(other, 'p', '1.0.0')
      const seen = views[0]?.head?.labels['production']?.at
      const head = { ...NO_HEAD, tags: { '1.0.0': [String(seen)] } }
      return { changes: [{ promptId: 'q', head }], result: undefined }
    })
    await moving
    expect(decisions).toBeGreaterThan(0)
    expect((await one.listLabelMoves('p')).length).toBe(2)
  })

  it('never labels a version that the other has deleted, nor deletes one that it has labelled', async () => {
    for (const options of [{}, { enableTrash: true }, { useIndex: false }]) {
      const [one, other] = await pair(options)
      for (let round = 0; round < 15; round++) {
        const promptId = `p${round}`
        // Only the highest number is recorded in the head when it is deleted.
        const numbers = round % 3 === 0 ? ['1.0.0', '1.0.1'] : ['1.0.0', '1.0.1', '1.0.2']
        await one.saveVersions(numbers.map((version) => sampleVersion(promptId, version)))
        if (round % 2 === 0) await label(one, promptId, '1.0.0')
        const [moved, deleted] = await Promise.allSettled([
          label(one, promptId, '1.0.1'),
          other.deleteVersion(promptId, '1.0.1'),
        ])
        expect(moved.status).not.toBe(deleted.status)
        const exists = (await one.getVersion(promptId, '1.0.1')) !== undefined
        expect(exists).toBe(moved.status === 'fulfilled')
      }
      expect((await one.verify()).findings).toEqual([])
    }
  })
})

describe('a transaction of files', () => {
  it('deletes into the trash, and what is restored may be labelled again', async () => {
    const [storage] = await pair({ enableTrash: true })
    await storage.saveVersions([sampleVersion('p', '1.0.0'), sampleVersion('p', '1.0.1')])
    await label(storage, 'p', '1.0.0')
    expect(await storage.deleteVersion('p', '1.0.1')).toBe(true)
    expect(await storage.readHead('p')).toMatchObject({ highest: '1.0.1' })
    expect((await storage.listTrash('p')).map(({ version }) => version)).toEqual(['1.0.1'])
    expect(await storage.restoreVersion('p', '1.0.1')).toBe(true)
    await label(storage, 'p', '1.0.1')
    await storage.transact(['p'], () => {
      return { changes: [{ promptId: 'p', delete: ['1.0.0'] }], result: undefined }
    })
    expect((await storage.listTrash('p')).map(({ version }) => version)).toEqual(['1.0.0'])
    expect(await storage.deleteVersion('p', '1.0.0')).toBe(false)
  })

  it('keeps the id of a long prompt that has a head and no version', async () => {
    const [storage, , storageDir] = await pair()
    const promptId = 'x'.repeat(400)
    const head = { ...NO_HEAD, highest: '3.0.0' }
    await storage.transact([promptId], () => ({ changes: [{ promptId, head }], result: 0 }))
    expect(await storage.listPromptIds()).toEqual([])
    expect((await storage.verify()).findings).toEqual([])
    await storage.close()
    const again = await open(storageDir)
    expect(await again.readHead(promptId)).toEqual(head)
    await again.saveVersion(sampleVersion(promptId, '3.0.1'))
    expect(await again.listPromptIds()).toEqual([promptId])
    await again.clearAll()
    const left = (await readdir(storageDir, { recursive: true })).filter((name) =>
      name.includes('labels'),
    )
    expect(left).toEqual([])
  })

  it('serves heads where nothing may be written', async () => {
    const [storage, , storageDir] = await pair()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await label(storage, 'p', '1.0.0')
    const reader = await open(storageDir, { readOnly: true })
    expect(await reader.readHead('p')).toEqual(headAt('1.0.0'))
    expect((await reader.listLabelMoves('p')).length).toBe(1)
    expect(
      await reader.transact(['p'], ([view]) => ({ changes: [], result: view?.versions })),
    ).toEqual(['1.0.0'])
    await expect(label(reader, 'p', '1.0.0')).rejects.toMatchObject({ code: 'FS-READONLY-001' })
    await label(storage, 'p', '1.0.0')
    expect((await reader.listLabelMoves('p')).length).toBe(2)
  })
})

describe('a transaction beside another program', () => {
  it('ends in a conflict where a file that the index lacks has the path', async () => {
    const [storage, , storageDir] = await pair()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await writeFile(join(storageDir, 'p', '1.0.1.json'), '{}')
    let decisions = 0
    const saving = storage.transact(['p'], () => {
      decisions++
      return { changes: [{ promptId: 'p', save: [sampleVersion('p', '1.0.1')] }], result: 0 }
    })
    await expect(saving).rejects.toMatchObject({ code: 'OPT-VER-001', version: '1.0.1' })
    expect(decisions).toBe(2)
  })

  it('says so where a directory has the path', async () => {
    const [storage, , storageDir] = await pair()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await mkdir(join(storageDir, 'p', '1.0.1.json'))
    const save = [sampleVersion('p', '1.0.1')]
    await expect(
      storage.transact(['p'], () => ({ changes: [{ promptId: 'p', save }], result: 0 })),
    ).rejects.toMatchObject({ code: 'FS-SAVE-001', context: { reason: 'not_a_file' } })
  })

  it('learns of versions that were removed from the disk', async () => {
    for (const options of [{}, { enableTrash: true }]) {
      const [storage, , storageDir] = await pair(options)
      const versions = ['1.0.0', '1.0.1'].map((version) => sampleVersion('p', version))
      await storage.saveVersions(versions)
      await label(storage, 'p', '1.0.0')
      await rm(join(storageDir, 'p', '1.0.1.json'))
      await expect(label(storage, 'p', '1.0.1')).rejects.toMatchObject({ code: 'OPT-VER-002' })
      await storage.saveVersion(sampleVersion('p', '1.0.2'))
      await rm(join(storageDir, 'p', '1.0.2.json'))
      expect(await storage.deleteVersion('p', '1.0.2')).toBe(false)
    }
  })
})
