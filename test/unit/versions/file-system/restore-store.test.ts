import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { tempDirectory } from '../../../support/temp.js'

const version = (id: string, number: string, text: string) => ({
  prompt_id: id,
  version: number,
  created_at: '2026-11-29T21:00:00.000Z',
  prompt: { id, text },
})

/** A store with a label, a pre-release and a long id, and its backup. */
async function backedUp(options: object = {}) {
  const root = await tempDirectory()
  const storageDir = join(root, 'prompts')
  const to = join(root, 'backups')
  await using storage = await FileSystemStorage.open({ storageDir, ...options })
  const registry = new PromptRegistry({ storage })
  await registry.publish('greeting', { text: 'Hello' }, { labels: ['production'] })
  await registry.publish('greeting', { text: 'Hi' })
  await storage.saveVersion(version('x'.repeat(300), '1.0.0', 'long'))
  await storage.saveVersion(version('Other', '1.0.0', 'other'))
  await storage.deleteVersion('Other', '1.0.0')
  const report = await storage.backup(to)
  return { root, storageDir, to, report }
}

describe.each([
  ['plain', {}],
  ['sharded', { enableSharding: true }],
  ['with a trash', { enableTrash: true }],
])('a store of versions, %s', (_, options) => {
  it('is restored whole, with labels and trash', async () => {
    const { root, to, report } = await backedUp(options)
    expect(report.left_out).toEqual([])
    const place = join(root, 'restored')
    await FileSystemStorage.restore(to, { to: place })
    await using storage = await FileSystemStorage.open({ storageDir: place, create: false })
    const registry = new PromptRegistry({ storage })
    expect((await registry.get('greeting', '@production'))?.version).toBe('1.0.0')
    expect(await storage.listVersionNames('greeting')).toEqual(['1.0.0', '1.0.1'])
    expect(await storage.getVersion('x'.repeat(300), '1.0.0')).toMatchObject({
      prompt: { text: 'long' },
    })
    expect((await storage.listTrash()).length).toBe('enableTrash' in options ? 1 : 0)
    expect(await storage.verify()).toMatchObject({ findings: [] })
  })

  it('is restored as one prompt alone', async () => {
    const { root, to } = await backedUp(options)
    for (const promptId of ['greeting', 'x'.repeat(300)]) {
      const place = join(root, `restored-${promptId.length}`)
      await FileSystemStorage.restore(to, { to: place, promptId })
      await using storage = await FileSystemStorage.open({ storageDir: place, create: false })
      expect(await storage.listPromptIds()).toEqual([promptId])
    }
    const missing = FileSystemStorage.restore(to, { to: join(root, 'no'), promptId: 'missing' })
    await expect(missing).rejects.toMatchObject({
      code: 'OPT-VER-002',
      context: { prompt_id: 'missing', reason: 'not_in_backup' },
    })
    await expect(readdir(join(root, 'no'))).rejects.toThrow('ENOENT')
  })
})

describe('a prompt of a backup', () => {
  it('is restored into a storage in use, whatever that is, with what is missing there', async () => {
    const { to, storageDir } = await backedUp()
    await using storage = await FileSystemStorage.open({ storageDir })
    await storage.deleteVersion('greeting', '1.0.1')
    await expect(
      FileSystemStorage.restorePrompt(to, { promptId: 'greeting', into: storage }),
    ).resolves.toMatchObject({ backup: 1, restored: ['1.0.1'], present: ['1.0.0'] })
    expect(await storage.listVersionNames('greeting')).toEqual(['1.0.0', '1.0.1'])
    await using memory = new MemoryStorage()
    const report = await FileSystemStorage.restorePrompt(to, { promptId: 'greeting', into: memory })
    expect(report.restored).toEqual(['1.0.0', '1.0.1'])
    expect(await memory.getVersion('greeting', '1.0.1')).toMatchObject({ prompt: { text: 'Hi' } })
  })

  it('is refused when the storage has other contents, which the error names', async () => {
    const { to } = await backedUp()
    await using memory = new MemoryStorage()
    await memory.saveVersion(version('greeting', '1.0.1', 'mine'))
    const refused = FileSystemStorage.restorePrompt(to, { promptId: 'greeting', into: memory })
    await expect(refused).rejects.toMatchObject({
      code: 'OPT-VER-001',
      context: { prompt_id: 'greeting', versions: ['1.0.1'] },
    })
    expect(await memory.getVersion('greeting', '1.0.0')).toBeUndefined()
    await expect(
      FileSystemStorage.restorePrompt(to, { promptId: 'greeting', into: {} as never }),
    ).rejects.toThrow('"into" must be a storage of versions')
    await expect(
      FileSystemStorage.restorePrompt(to, { promptId: 'missing', into: memory }),
    ).rejects.toMatchObject({ code: 'OPT-VER-002' })
  })
})

it('refuses the backup of another kind of store', async () => {
  const root = await tempDirectory()
  await using directory = await DurableDirectory.open(join(root, 'plain'))
  await directory.backup(join(root, 'backups'))
  await expect(
    FileSystemStorage.restore(join(root, 'backups'), { to: join(root, 'to') }),
  ).rejects.toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'other_kind' } })
})

it('names all of its options where one is unknown', async () => {
  const restoring = FileSystemStorage.restore('backups', { to: 'place', as_of: 0 } as never)
  await expect(restoring).rejects.toThrow(/Unknown option "as_of" of restore.*asOf/)
})
