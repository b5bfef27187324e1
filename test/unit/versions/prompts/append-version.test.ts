import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { deleteVersion } from '../../../../src/versions/prompts/append-version.js'
import { VersionManager } from '../../../../src/versions/prompts/version-manager.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'
import { promptOf } from './version-manager-fixtures.js'

const STORAGES = [
  ['memory', async () => await Promise.resolve(new MemoryStorage())],
  ['files', async () => await FileSystemStorage.open({ storageDir: await tempDirectory() })],
] as const

describe.each(STORAGES)('numbers in %s', (_, open) => {
  it('are not given again by the manager after it has deleted the highest version', async () => {
    await using storage = await open()
    const manager = new VersionManager({ storage })
    for (const text of ['a', 'b']) await manager.createVersion({ prompt: promptOf(text) })
    expect(await manager.deleteVersion('p', '1.0.1')).toBe(true)
    expect(await manager.deleteVersion('p', '1.0.1')).toBe(false)
    const next = await manager.createVersion({ prompt: promptOf('c') })
    expect([next.version, next.parent_version]).toEqual(['1.0.2', '1.0.0'])
    for (const version of ['1.0.0', '1.0.2']) await manager.deleteVersion('p', version)
    expect((await manager.createVersion({ prompt: promptOf('d') })).version).toBe('1.0.3')
  })

  it('are those of one row for the manager and the registry', async () => {
    await using storage = await open()
    const manager = new VersionManager({ storage })
    const registry = new PromptRegistry({ storage })
    const saves = Array.from({ length: 12 }, async (__, at) =>
      at % 2 === 0
        ? await manager.createVersion({ prompt: promptOf(`m${at}`), bump: 'patch' })
        : await registry.publish('p', { text: `r${at}` }, { bump: 'patch' }),
    )
    const versions = (await Promise.all(saves)).map(({ version }) => version)
    expect(new Set(versions)).toEqual(new Set(saves.map((__, at) => `1.0.${at}`)))
  })

  it('of labelled versions stay: the manager does not delete them', async () => {
    await using storage = await open()
    await new PromptRegistry({ storage }).publish('p', { text: 'a' }, { labels: ['live'] })
    const deleting = new VersionManager({ storage }).deleteVersion('p', '1.0.0')
    await expect(deleting).rejects.toMatchObject({ code: 'OPT-LABEL-001' })
    expect(await storage.getVersion('p', '1.0.0')).toBeDefined()
  })

  it('accept the same content once, however many ask', async () => {
    await using storage = await open()
    const manager = new VersionManager({ storage })
    const prompt = promptOf('a')
    const made = await Promise.all(
      Array.from(
        { length: 5 },
        async () => await manager.createVersion({ prompt, ifSame: 'accept' }),
      ),
    )
    expect(made.map(({ version }) => version)).toEqual(Array(5).fill('1.0.0'))
  })

  it('are refused as by the storage where they cannot exist', async () => {
    await using storage = await open()
    await expect(deleteVersion(storage, 'p', 'x')).rejects.toThrow(/"version" must be/)
    await expect(deleteVersion(storage, '', '1.0.0')).rejects.toThrow(/promptId/)
  })
})
