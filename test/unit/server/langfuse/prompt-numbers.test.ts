import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import {
  assignmentText,
  majorOf,
  numberIn,
  numbersId,
  PromptNumbers,
  type Numbers,
} from '../../../../src/server/langfuse/prompt-numbers.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import type { VersionStore } from '../../../../src/versions/version-store.js'
import { tempDirectory } from '../../../support/temp.js'
import { opened, URLS } from './stores.js'

async function save(storage: VersionStore, version: string): Promise<void> {
  await storage.saveVersion({
    prompt_id: 'p',
    version,
    created_at: '2026-01-02T03:04:05.678Z',
    prompt: { text: version },
  })
}

async function numbersOf(storage: VersionStore): Promise<Numbers> {
  return await new PromptNumbers(storage).of('p', await storage.listVersionNames('p'))
}

function listed(numbers: Numbers, versions: readonly string[]): readonly (number | undefined)[] {
  return versions.map((version) => numbers.numberOf(version))
}

describe.each(Object.entries(URLS))('numbers of versions in a store of %s', (_name, emptyStore) => {
  it('never shift, whatever is saved and deleted, and by which server', async () => {
    const url = await emptyStore()
    const storage = await opened(url)
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) await save(storage, version)
    expect(listed(await numbersOf(storage), ['1.0.0', '1.1.0', '2.0.0'])).toEqual([1, 2, 3])
    await storage.deleteVersion('p', '1.1.0')
    await save(storage, '1.0.1')
    const other = await opened(url)
    const numbers = await numbersOf(other)
    expect(listed(numbers, ['1.0.0', '1.1.0', '2.0.0', '1.0.1'])).toEqual([1, 2, 3, 4])
    expect([numbers.versionOf(2), numbers.versionOf(4), numbers.highest]).toEqual([
      '1.1.0',
      '1.0.1',
      4,
    ])
    expect(await other.listPromptIds()).toEqual(['p'])
  })

  it('are the same for servers that give them at the same time', async () => {
    const url = await emptyStore()
    const stores = [await opened(url), await opened(url)]
    const versions = Array.from({ length: 30 }, (_, at) => `1.0.${at}`)
    const [first] = stores
    for (const version of versions) await save(first as VersionStore, version)
    const given = await Promise.all(
      [...stores, ...stores].map(async (storage) => await numbersOf(storage)),
    )
    const [one, ...rest] = given.map((numbers) => listed(numbers, versions))
    expect(one).toEqual(versions.map((_, at) => at + 1))
    for (const each of rest) expect(each).toEqual(one)
  })
})

describe('numbers of versions in files', () => {
  it('are not given again where their record is damaged', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir })
    for (const version of ['1.0.0', '1.1.0']) await save(storage, version)
    await numbersOf(storage)
    await storage.close()
    const damaged = storage.pathOf(numbersId('p'), '1.0.0')
    await writeFile(damaged, (await readFile(damaged, 'utf8')).replaceAll('1.0.0', '1.1.0'))
    await using again = await FileSystemStorage.open({ storageDir })
    await save(again, '1.2.0')
    await expect(numbersOf(again)).rejects.toMatchObject({ code: 'FS-LOAD-001' })
    expect(await again.listVersionNames(numbersId('p'))).toEqual(['1.0.0', '2.0.0'])
  })

  it('cannot be given where the store is only read, and those that there are can be read', async () => {
    const storageDir = await tempDirectory()
    await using storage = await FileSystemStorage.open({ storageDir })
    await save(storage, '1.0.0')
    await numbersOf(storage)
    await using reader = await FileSystemStorage.open({ storageDir, readOnly: true, create: false })
    expect((await numbersOf(reader)).numberOf('1.0.0')).toBe(1)
    await save(storage, '1.0.1')
    await expect(numbersOf(reader)).rejects.toMatchObject({ code: 'FS-READONLY-001' })
  })
})

describe('numbers of versions', () => {
  it('are those of Langfuse where an import has kept them', async () => {
    const storage = new MemoryStorage()
    for (const version of ['2.0.0', '3.0.0', '5.0.0']) await save(storage, version)
    expect(listed(await numbersOf(storage), ['2.0.0', '3.0.0', '5.0.0'])).toEqual([2, 3, 5])
    await save(storage, '5.1.0')
    await save(storage, '9.0.0')
    expect(listed(await numbersOf(storage), ['5.1.0', '9.0.0'])).toEqual([6, 7])
  })

  it('are given in commits of a bounded size', async () => {
    const storage = new MemoryStorage()
    const versions = Array.from({ length: 450 }, (_, at) => `1.0.${at}`)
    for (const version of versions) await save(storage, version)
    expect((await numbersOf(storage)).highest).toBe(450)
  })

  it('need no write where each version has one', async () => {
    const storage = new MemoryStorage()
    await save(storage, '1.0.0')
    await numbersOf(storage)
    const before = await storage.listVersionNames(numbersId('p'))
    await numbersOf(storage)
    expect(await storage.listVersionNames(numbersId('p'))).toEqual(before)
  })

  it('are in a record that no prompt can have the id of, however long the name is', () => {
    const ids = ['p', 'p_q', 'p%5Fq', 'x'.repeat(1024), 'ä'.repeat(512)].map(numbersId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) {
      expect(id).toMatch(/^holdfast:numbers:[^_]+$/)
      expect(Buffer.byteLength(id)).toBeLessThanOrEqual(1024)
    }
  })

  it('may be published by a transaction, too', async () => {
    const storage = new MemoryStorage()
    const registry = new PromptRegistry({ storage })
    await save(storage, '1.0.0')
    await numbersOf(storage)
    const record = await registry.publish(numbersId('p'), assignmentText('1.0.1'), {
      message: '1.0.1',
      bump: 'major',
    })
    expect(numberIn(record.version)).toBe(2)
    expect((await numbersOf(storage)).numberOf('1.0.1')).toBe(2)
  })

  it.each([
    ['3.0.0', 3],
    ['0.0.0', undefined],
    ['3.0.1', undefined],
    ['3.0.0-beta', undefined],
  ])('of an import: %s is %s', (version, number) => {
    expect(majorOf(version)).toBe(number)
  })
})
