import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Disk } from '../../../../src/disk/disk.js'
import { chooseDisk } from '../../../../src/disk/choose-disk.js'
import { METADATA_FILE } from '../../../../src/document/store-names.js'
import { Store } from '../../../../src/engine/store.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { HeldCommits } from '../../../support/held-commits.js'
import { tempDirectory } from '../../../support/temp.js'
import { label } from './head-fixtures.js'

const MOON = { code: 'FS-FORMAT-001', context: { feature: 'moon' } }

/** Adds a feature to the mark as a later version of the library does before it uses it. */
async function requireMoon(storageDir: string, disk: Disk): Promise<void> {
  await using directory = await Store.open(storageDir, { disk })
  const mark = JSON.parse(await readFile(join(storageDir, METADATA_FILE), 'utf8')) as {
    requires: string[]
  }
  const later = { ...mark, format_version: 2, requires: [...mark.requires, 'moon'] }
  const bytes = Buffer.from(JSON.stringify(later))
  await directory.commit([{ kind: 'replace', path: METADATA_FILE, bytes }])
  await directory.fence()
}

const CALLS: Record<string, (storage: FileSystemStorage) => Promise<unknown>> = {
  'a save': async (storage) => await storage.saveVersion(sampleVersion('p', '2.0.0')),
  'a save of several': async (storage) =>
    await storage.saveVersions(['2.0.0', '2.0.1'].map((one) => sampleVersion('q', one))),
  'a deletion': async (storage) => await storage.deleteVersion('p', '1.0.0'),
  'a restoration': async (storage) => await storage.restoreVersion('p', '1.0.1'),
  'a transaction': async (storage) => await label(storage, 'p', '1.0.0', 'again'),
  'a purge of the trash': async (storage) => await storage.purgeTrash({ olderThanMs: 0 }),
  'the removal of everything': async (storage) => await storage.clearAll(),
}

describe.each([
  ['native', chooseDisk('native')],
  ['portable', chooseDisk('portable')],
])('a commit that was planned before the mark changed, on the %s disk', (_, disk) => {
  it.each(Object.keys(CALLS))('is refused if it requires what is unknown: %s', async (name) => {
    const storageDir = await tempDirectory()
    const held = new HeldCommits(disk)
    const options = { storageDir, minFreeMb: 0, enableTrash: true }
    await using storage = await FileSystemStorage.open({ ...options, disk: held.disk })
    for (const version of ['1.0.0', '1.0.1']) await storage.saveVersion(sampleVersion('p', version))
    await storage.deleteVersion('p', '1.0.1')
    if (name !== 'a deletion') await label(storage, 'p', '1.0.0')
    const before = await filesOf(storageDir)
    const reached = held.next()
    const calling = CALLS[name]?.(storage).catch((error: unknown) => error)
    await reached
    await requireMoon(storageDir, disk)
    held.release()
    expect(await calling).toMatchObject(MOON)
    expect(await filesOf(storageDir)).toEqual(before)
    for (const call of Object.values(CALLS)) await expect(call(storage)).rejects.toMatchObject(MOON)
  })

  it.each(['a save', 'a deletion', 'a restoration', 'a purge of the trash'])(
    'is planned again if it requires what is known: %s',
    async (name) => {
      const storageDir = await tempDirectory()
      const held = new HeldCommits(disk)
      const options = { storageDir, minFreeMb: 0, enableTrash: true }
      await using storage = await FileSystemStorage.open({ ...options, disk: held.disk })
      for (const version of ['1.0.0', '1.0.1'])
        await storage.saveVersion(sampleVersion('p', version))
      await storage.deleteVersion('p', '1.0.1')
      const earlier = held.count
      const reached = held.next()
      const calling = CALLS[name]?.(storage)
      await reached
      await using other = await FileSystemStorage.open({
        ...options,
        disk,
        allowPrerelease: true,
      })
      await other.saveVersion(sampleVersion('q', '1.0.0-beta'))
      held.release()
      await calling
      // The first one came to nothing.
      expect(held.count - earlier).toBe(2)
      expect((await storage.verify()).findings).toEqual([])
    },
  )
})

it('a process that was stopped before its commit refuses when it goes on', async () => {
  const storageDir = await tempDirectory()
  await (await FileSystemStorage.open({ storageDir, minFreeMb: 0 })).close()
  const script = join(import.meta.dirname, 'held-writer.mjs')
  const writer = fork(script, [storageDir], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  onTestFinished(() => void writer.kill('SIGKILL'))
  const messageOf = async (): Promise<unknown> => ((await once(writer, 'message')) as unknown[])[0]
  expect(await messageOf()).toEqual({ held: true })
  await requireMoon(storageDir, chooseDisk('native'))
  writer.send({ go: true })
  expect(await messageOf()).toMatchObject({ error: MOON })
  expect(await once(writer, 'exit')).toEqual([0, null])
  await using directory = await Store.open(storageDir)
  expect((await directory.volume.list('p')) ?? []).toEqual([])
})

/** The content of each file of a prompt and of the trash. */
async function filesOf(storageDir: string): Promise<Record<string, string>> {
  const names = await readdir(storageDir, { recursive: true })
  const files = names.filter((name) => /^(?:p|q|\.trash)\b.*\.jsonl?$/.test(name)).sort()
  const read = files.map(async (name) => [name, await readFile(join(storageDir, name), 'utf8')])
  return Object.fromEntries(await Promise.all(read)) as Record<string, string>
}
