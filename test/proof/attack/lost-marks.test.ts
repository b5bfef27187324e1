import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../src/files/file-storage.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { failure, openStore } from '../faults/support.js'
import { tempDirectory } from '../../support/temp.js'
import { closedStore, LONG } from './closed-store.js'

/** What a mark that is made again has of its own. What was deleted before is unknown. */
const REBUILT = {
  created_at: expect.any(String) as string,
  history: { since: expect.any(String) as string, reason: 'mark_rebuilt' },
}

describe('pre-releases', () => {
  it('are not hidden from the next opener by one that does not ask for them', async () => {
    const storageDir = await closedStore({ p: ['1.0.0-beta.1'] }, { allowPrerelease: true })
    const plain = await openStore(storageDir)
    await plain.saveVersion(sampleVersion('p', '0.9.0'))
    expect(await plain.getLatestVersionName('p')).toBe('1.0.0-beta.1')
    await plain.close()
    await using again = await openStore(storageDir, { allowPrerelease: true })
    expect(await again.listVersionNames('p')).toEqual(['0.9.0', '1.0.0-beta.1'])
  })

  it('are seen by a process that had the store open before they were allowed', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'] })
    await using before = await openStore(storageDir)
    await using after = await openStore(storageDir, { allowPrerelease: true })
    await after.saveVersion(sampleVersion('p', '1.1.0-a'))
    expect(await before.listVersionNames('p')).toEqual(['1.0.0', '1.1.0-a'])
    expect(await before.getVersion('p', '1.1.0-a')).toBeDefined()
  })

  it('are seen in a store from before its mark named them', async () => {
    const storageDir = await closedStore({ p: ['1.0.0-beta.1'] }, { allowPrerelease: true })
    const path = join(storageDir, '.metadata.json')
    const { requires, ...mark } = JSON.parse(await readFile(path, 'utf8')) as Record<
      string,
      unknown
    >
    expect(requires).toEqual(['commit-times', 'prerelease'])
    await writeFile(path, JSON.stringify({ ...mark, format_version: 1 }))
    await using again = await openStore(storageDir)
    expect(await again.listVersionNames('p')).toEqual(['1.0.0-beta.1'])
  })

  it('are versions still when the mark is lost', async () => {
    const storageDir = await closedStore({ p: ['1.0.0-beta.1'] }, { allowPrerelease: true })
    const path = join(storageDir, '.metadata.json')
    const before = JSON.parse(await readFile(path, 'utf8')) as object
    await rm(path)
    await using storage = await openStore(storageDir)
    await storage.saveVersion(sampleVersion('p', '1.0.0-beta.2'))
    expect(await storage.listVersionNames('p')).toEqual(['1.0.0-beta.1', '1.0.0-beta.2'])
    const again = JSON.parse(await readFile(path, 'utf8')) as object
    expect(again).toEqual({ ...before, ...REBUILT })
  })

  it.each(['.metadata.json', '.holdfast.json'])(
    'like any feature that %s requires, are read only by programs that know it',
    async (name) => {
      const storageDir = await closedStore({ p: ['1.0.0'] })
      const path = join(storageDir, name)
      const mark = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
      await writeFile(path, JSON.stringify({ ...mark, requires: ['moonlight'] }))
      const refusal = await failure(openStore(storageDir))
      expect(refusal).toMatchObject({
        code: 'FS-FORMAT-001',
        context: { path: name, reason: 'requires', feature: 'moonlight' },
      })
      expect(refusal.message).toContain('moonlight')
    },
  )
})

describe('a store whose mark is lost', () => {
  it.each([
    ['plain', {}],
    ['sharded', { enableSharding: true }],
    ['sharded with another depth', { enableSharding: true, shardDepth: 1 }],
  ])('is opened as it was made: %s', async (_, options) => {
    const names = { 'Upper-Case': ['1.0.0'], ab: ['1.0.0', '1.1.0'], [LONG]: ['1.0.0'] }
    const storageDir = await closedStore(names, options)
    const before = JSON.parse(await readFile(join(storageDir, '.metadata.json'), 'utf8')) as object
    for (const lose of [rm, async (path: string) => await writeFile(path, '')]) {
      await lose(join(storageDir, '.metadata.json'))
      await lose(join(storageDir, '.holdfast.json'))
      await using storage = await openStore(storageDir, { create: false })
      expect(await storage.indexSnapshot()).toEqual(names)
      const again = JSON.parse(await readFile(join(storageDir, '.metadata.json'), 'utf8')) as object
      expect(again).toEqual({ ...before, ...REBUILT })
    }
  })

  it('is refused when its tree leaves doubt, and nothing is written', async () => {
    const storageDir = await closedStore({ p: ['1.0.0'] }, { enableSharding: true })
    await rename(join(storageDir, '.metadata.json'), join(storageDir, '.gone'))
    await mkdir(join(storageDir, 'other'))
    await writeFile(join(storageDir, 'other', '1.0.0.json'), '{}')
    const refusal = await failure(openStore(storageDir))
    expect(refusal).toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'metadata' } })
    expect(await readdir(storageDir)).not.toContain('.metadata.json')
  })

  it('keeps its files, when it is one of files', async () => {
    const directory = await tempDirectory()
    const options = { local_storage_path: directory }
    const files = await FileStorage.open(options)
    await files.store('Upper/Key', 'content')
    await files.close()
    await rm(join(directory, '.files.json'))
    expect((await failure(openStore(directory))).context).toMatchObject({ reason: 'other_kind' })
    const again = await FileStorage.open(options)
    expect(await again.retrieve('Upper/Key')).toBe('content')
    await again.close()
    const mark = JSON.parse(await readFile(join(directory, '.files.json'), 'utf8')) as object
    expect(mark).toMatchObject({ names: 'case-sensitive' })
  })
})

describe('a mark that disagrees with the tree', () => {
  it.each([
    ['another depth', { sharding: { enabled: true, depth: 3, hash: 'sha256' } }],
    ['no sharding', { sharding: { enabled: false, depth: 0, hash: 'sha256' } }],
    ['folded names', { id_encoding: 'folded' }],
  ])('for %s, is refused with the remedy, and nothing is written', async (_, edit) => {
    const storageDir = await closedStore({ Abc: ['1.0.0'] }, { enableSharding: true })
    const path = join(storageDir, '.metadata.json')
    const text = await readFile(path, 'utf8')
    await writeFile(path, JSON.stringify({ ...(JSON.parse(text) as object), ...edit }))
    for (const useIndex of [true, false]) {
      const refusal = await failure(openStore(storageDir, { useIndex }))
      expect(refusal).toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'metadata' } })
      expect(refusal.message).toContain('or remove it')
    }
    await rm(path)
    await using storage = await openStore(storageDir)
    expect(await storage.indexSnapshot()).toEqual({ Abc: ['1.0.0'] })
    expect((await storage.verify()).findings).toEqual([])
  })

  it('is none for what another program put into a store without versions', async () => {
    const storageDir = await closedStore({}, { enableSharding: true })
    await mkdir(join(storageDir, 'other'))
    await writeFile(join(storageDir, 'other', '1.0.0.json'), '{}')
    await using storage = await openStore(storageDir)
    expect(await storage.listPromptIds()).toEqual([])
  })
})

describe('a prompt with a long id whose own file is lost', () => {
  it.each([
    ['empty, as loss of power leaves what was not flushed', ''],
    ['zeroes', '\0'.repeat(250)],
    ['cut', '{\n  "prompt_id": "long-'],
    ['of another prompt', '{"prompt_id":"other"}'],
    ['no object', 'null'],
  ])('or %s, keeps its versions, and gets its file back with the next save', async (_, text) => {
    const storageDir = await closedStore({ [LONG]: ['1.0.0'], p: ['1.0.0'] })
    const [name = ''] = (await readdir(storageDir)).filter((each) => each.startsWith('~'))
    const path = join(storageDir, name, '.prompt.json')
    const whole = await readFile(path, 'utf8')
    await writeFile(path, text)
    // The index would know the id: it is as lost as what was not flushed with it.
    await rm(join(storageDir, '.index.json'))
    await using storage = await openStore(storageDir)
    expect(await storage.listPromptIds()).toEqual([LONG, 'p'])
    expect(await storage.getLatestVersion(LONG)).toEqual(sampleVersion(LONG, '1.0.0'))
    const { findings } = await storage.verify()
    expect(findings).toMatchObject([{ kind: 'missing-id', path: name, repaired: false }])
    await storage.saveVersion(sampleVersion(LONG, '1.0.1'))
    expect(await readFile(path, 'utf8')).toBe(whole)
    expect((await storage.verify()).findings).toEqual([])
  })

  it('keeps its versions, is told, and gets its file back', async () => {
    const storageDir = await closedStore({ [LONG]: ['1.0.0', '1.0.1'] })
    const [name = ''] = (await readdir(storageDir)).filter((each) => each.startsWith('~'))
    await rm(join(storageDir, name, '.prompt.json'))
    await using storage = await openStore(storageDir)
    expect(await storage.listVersionNames(LONG)).toEqual(['1.0.0', '1.0.1'])
    const told = await storage.verify()
    expect(told.findings).toMatchObject([{ kind: 'missing-id', path: name, repaired: false }])
    const repaired = await storage.verify({ repair: true })
    expect(repaired.findings).toMatchObject([{ kind: 'missing-id', repaired: true }])
    expect((await storage.verify()).findings).toEqual([])
  })
})
