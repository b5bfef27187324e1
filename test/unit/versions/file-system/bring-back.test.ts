import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sleep } from '../../../../src/base/clock.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { bringBack } from '../../../../src/versions/file-system/bring-back.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { tempDirectory } from '../../../support/temp.js'

/** A time between what is done before the call and what is done after it. */
async function moment(): Promise<string> {
  await sleep(3)
  const time = new Date().toISOString()
  await sleep(3)
  return time
}

async function places() {
  const root = await tempDirectory()
  const at = (name: string): string => join(root, name)
  return { root, storageDir: at('prompts'), backups: at('backups'), to: at('restored') }
}

const LONG = 'x'.repeat(300)

/** A store whose prompts have changed in every way since a time, and its backups. */
async function changed(options: object = {}) {
  const { root, storageDir, backups, to } = await places()
  await using storage = await FileSystemStorage.open({ storageDir, enableTrash: true, ...options })
  const registry = new PromptRegistry({ storage })
  await registry.publish('p', { text: 'one' }, { labels: ['production', 'gone'] })
  await registry.publish('p', { text: 'two' }, { labels: ['canary'] })
  for (const id of ['deleted', LONG]) await storage.saveVersion(sampleVersion(id, '1.0.0'))
  await registry.publish('again', { text: 'old' }, { labels: ['production'] })
  await storage.backup(backups)
  const time = await moment()
  const then = await stateOf(storage)
  await registry.label('p', 'production', '1.0.1')
  await registry.unlabel('p', 'gone')
  await registry.unlabel('p', 'canary')
  await registry.publish('p', { text: 'three' }, { labels: ['new', 'production'] })
  for (const version of ['1.0.0', '1.0.1']) await storage.deleteVersion('p', version)
  for (const id of ['deleted', LONG]) await storage.deleteVersion(id, '1.0.0')
  await registry.publish('later', { text: 'later' }, { labels: ['production'] })
  await registry.unlabel('again', 'production')
  for (const author of ['second', 'third']) {
    await storage.deleteVersion('again', '1.0.0')
    const metadata = { author, strategy: null }
    await storage.saveVersion(sampleVersion('again', '1.0.0', { metadata }))
  }
  await registry.label('again', 'production', '1.0.0')
  const later = await moment()
  const last = await stateOf(storage)
  await storage.backup(backups)
  return { root, storageDir, backups, to, time, then, later, last, options }
}

/** Versions and labels of all prompts. */
async function stateOf(
  storage: Pick<FileSystemStorage, 'listPromptIds' | 'listVersions' | 'readHead'>,
): Promise<object> {
  const ids = await storage.listPromptIds()
  const prompts = ids.map(async (id) => {
    const labels = Object.entries((await storage.readHead(id))?.labels ?? {})
    const where = labels.map(([label, { version }]) => `${label}: ${version}`).sort()
    return [id, { versions: await storage.listVersions(id), labels: where }]
  })
  return Object.fromEntries(await Promise.all(prompts)) as object
}

describe.each([
  ['plain', {}],
  ['sharded', { enableSharding: true }],
])('a store restored as of a time, %s', (_, options) => {
  it('has the versions, contents and labels of that time, and a history that says so', async () => {
    const { root, backups, to, time, then, later, last } = await changed(options)
    const report = await FileSystemStorage.restore(backups, { to, asOf: time })
    expect(report).toMatchObject({ path: to, backup: 2, damaged: [] })
    expect(report.as_of).toEqual({
      time,
      deleted_versions: 3,
      restored_versions: 5,
      moved_labels: 7,
    })
    await using storage = await FileSystemStorage.open({ storageDir: to, create: false })
    expect(await stateOf(storage)).toEqual(then)
    expect(await stateOf(storage.asOf(time))).toEqual(then)
    expect(await stateOf(storage.asOf(later))).toEqual(last)
    expect((await storage.verify()).findings).toEqual([])
    const moves = await storage.listLabelMoves('p')
    expect(moves.at(-1)).toMatchObject({ by: null, reason: `restore as of ${time}` })
    expect(await new PromptRegistry({ storage }).publish('p', { text: 'next' })).toMatchObject({
      version: '1.0.3',
    })
    expect((await readdir(root)).sort()).toEqual(['backups', 'prompts', 'restored'])
  })
})

describe('a restore as of a time', () => {
  it('takes the first backup of that time or later, and refuses times after the last', async () => {
    const { backups, to, later, last } = await changed()
    const after = await moment()
    await expect(FileSystemStorage.restore(backups, { to, asOf: after })).rejects.toMatchObject({
      code: 'FS-FORMAT-001',
      message: expect.stringMatching(/no backup of .* or later: there are 2, from 1 \(.*\) to 2 /u),
      context: { reason: 'no_backup' },
    })
    const report = await FileSystemStorage.restore(backups, { to, asOf: new Date(later) })
    expect(report).toMatchObject({ backup: 2, as_of: { deleted_versions: 0, moved_labels: 0 } })
    await using storage = await FileSystemStorage.open({ storageDir: to, create: false })
    expect(await stateOf(storage)).toEqual(last)
  })

  it('leaves nothing behind where a content is gone or unknown, unless that is decided', async () => {
    const { root, storageDir, backups, to } = await places()
    await using storage = await FileSystemStorage.open({ storageDir })
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const first = await moment()
    await storage.deleteVersion('p', '1.0.0')
    await storage.saveVersion(sampleVersion('p', '1.0.1'))
    const second = await moment()
    await writeFile(
      join(storageDir, 'p', '1.0.2.json'),
      JSON.stringify(sampleVersion('p', '1.0.2')),
    )
    await storage.backup(backups)
    const restore = async (asOf: string, undated?: 'include' | 'omit') =>
      FileSystemStorage.restore(backups, { to, asOf, undated })
    await expect(restore(first, 'omit')).rejects.toMatchObject({
      code: 'OPT-PAST-001',
      context: { reason: 'gone', version: '1.0.0' },
    })
    await expect(restore(second)).rejects.toMatchObject({ context: { reason: 'undated' } })
    expect((await readdir(root)).sort()).toEqual(['backups', 'prompts'])
    await restore(second, 'omit')
    await using restored = await FileSystemStorage.open({ storageDir: to, create: false })
    expect(await restored.listVersionNames('p')).toEqual(['1.0.1'])
    expect((await restored.listTrash()).map(({ version }) => version)).toEqual(['1.0.2'])
  })

  it('refuses a place that is used, and options that do not go together', async () => {
    const { root, backups, to, time } = await changed()
    await mkdir(to)
    await writeFile(join(to, 'mine'), '')
    const names = (await readdir(root)).sort()
    await expect(FileSystemStorage.restore(backups, { to, asOf: time })).rejects.toMatchObject({
      context: { reason: 'not_empty' },
    })
    for (const [options, message] of [
      [{ asOf: time, backup: 1 }, '"asOf" excludes "backup"'],
      [{ asOf: time, promptId: 'p' }, '"asOf" excludes "promptId"'],
      [{ asOf: 'yesterday' }, 'Option "asOf" must be'],
      [{ asOf: '9000-01-01T00:00:00Z' }, 'Option "asOf" must not be in the future'],
      [{ undated: 'omit' }, '"undated" goes with "asOf"'],
      [{ asOf: time, undated: 'no' }, 'undated'],
      [{ asOf: time, too: 1 }, 'too'],
    ] as const)
      await expect(FileSystemStorage.restore(backups, { to, ...options } as never)).rejects.toThrow(
        message,
      )
    expect((await readdir(root)).sort()).toEqual(names)
  })

  it('ends with its signal, and removes what it has written', async () => {
    const { root, backups, to, time } = await changed()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(FileSystemStorage.restore(backups, { to, asOf: time, signal })).rejects.toThrow(
      'enough',
    )
    expect((await readdir(root)).sort()).toEqual(['backups', 'prompts'])
  })
})

it('restores from the trash the copy that has a given content', async () => {
  const { storageDir } = await places()
  await using storage = await FileSystemStorage.open({ storageDir, enableTrash: true })
  const by = (author: string) =>
    sampleVersion('p', '1.0.0', { metadata: { author, strategy: null } })
  for (const author of ['first', 'second']) {
    await storage.saveVersion(by(author))
    await storage.deleteVersion('p', '1.0.0')
  }
  expect(await storage.restoreVersion('p', '1.0.0', { content: by('third') })).toBe(false)
  expect(await storage.restoreVersion('p', '1.0.0', { content: by('first') })).toBe(true)
  expect(await storage.getVersion('p', '1.0.0')).toEqual(by('first'))
  await expect(storage.restoreVersion('p', '1.0.0', { contnt: 1 } as never)).rejects.toThrow(
    'contnt',
  )
})

it('changes a prompt, too, whose directory could not be read for a moment', async () => {
  const { storageDir, time } = await changed()
  await using storage = await FileSystemStorage.open({ storageDir, enableTrash: true })
  const list = storage.listPromptIds.bind(storage)
  let isFirst = true
  storage.listPromptIds = async () => {
    const ids = (await list()).filter((id) => !isFirst || id !== 'later')
    isFirst = false
    return ids
  }
  const options = { undated: undefined, signal: undefined }
  await bringBack(storage as unknown as Parameters<typeof bringBack>[0], time, options)
  expect(await list()).not.toContain('later')
})
