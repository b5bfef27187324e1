import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { sleep } from '../../../../src/base/clock.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { UnansweringDisk } from '../../../support/unanswering-disk.js'
import { openStore } from '../../../proof/faults/support.js'

/** A time between what is done before the call and what is done after it. */
async function moment(): Promise<string> {
  await sleep(3)
  const time = new Date().toISOString()
  await sleep(3)
  return time
}

const by = (author: string): ReturnType<typeof sampleVersion> =>
  sampleVersion('p', '1.0.0', { metadata: { author, strategy: null } })

describe('the past of a store', () => {
  it('has deleted contents from the trash until that is purged, each from its own time', async () => {
    await using storage = await openStore(await tempDirectory(), { enableTrash: true })
    const times: string[] = []
    for (const author of ['first', 'second', 'third']) {
      await storage.saveVersion(by(author))
      times.push(await moment())
      await storage.deleteVersion('p', '1.0.0')
    }
    const authorAt = async (time: string): Promise<unknown> =>
      (await storage.asOf(time).getVersion('p', '1.0.0'))?.metadata['author']
    for (const [at, author] of ['first', 'second', 'third'].entries())
      expect(await authorAt(times[at] ?? '')).toBe(author)
    expect(await storage.asOf(times[0] ?? '').listPromptIds()).toEqual(['p'])
    await moment()
    await storage.purgeTrash({ olderThanMs: 0 })
    await expect(authorAt(times[1] ?? '')).rejects.toMatchObject({
      code: 'OPT-PAST-001',
      context: { reason: 'gone', prompt_id: 'p', version: '1.0.0' },
    })
    expect(await storage.asOf(times[1] ?? '').listVersionNames('p')).toEqual(['1.0.0'])
  })

  it('lacks a version while it was in the trash, and has it before and after', async () => {
    const storageDir = await tempDirectory()
    await using storage = await openStore(storageDir, { enableTrash: true })
    await storage.saveVersion(by('me'))
    const bytes = await readFile(join(storageDir, 'p', '1.0.0.json'))
    const first = await moment()
    await storage.deleteVersion('p', '1.0.0')
    const second = await moment()
    expect(await storage.restoreVersion('p', '1.0.0')).toBe(true)
    const third = await moment()
    const authorsAt = async (time: string): Promise<unknown> =>
      (await storage.asOf(time).listVersions('p')).map(({ metadata }) => metadata['author'])
    expect(await authorsAt(first)).toEqual(['me'])
    expect(await authorsAt(second)).toEqual([])
    expect(await authorsAt(third)).toEqual(['me'])
    expect(await readFile(join(storageDir, 'p', '1.0.0.json'))).toEqual(bytes)
    expect((await storage.verify()).findings).toEqual([])
  })

  it('is unknown of a file that another program wrote, or that is damaged', async () => {
    const storageDir = await tempDirectory()
    await using storage = await openStore(storageDir, { useIndex: false })
    await storage.saveVersion(by('me'))
    const first = await moment()
    const path = join(storageDir, 'p', '1.0.1.json')
    await writeFile(path, JSON.stringify(sampleVersion('p', '1.0.1')))
    const refusal = { code: 'OPT-PAST-001', context: { reason: 'undated', version: '1.0.1' } }
    await expect(storage.asOf(first).listVersionNames('p')).rejects.toMatchObject(refusal)
    const omitted = storage.asOf(first, { undated: 'omit' })
    expect(await omitted.listVersionNames('p')).toEqual(['1.0.0'])
    await rm(path)
    expect(await storage.asOf(first).listVersionNames('p')).toEqual(['1.0.0'])
    const own = join(storageDir, 'p', '1.0.0.json')
    await writeFile(own, (await readFile(own, 'utf8')).replace('"me"', '"no"'))
    await expect(storage.asOf(first).listVersionNames('p')).rejects.toMatchObject({
      context: { reason: 'undated', version: '1.0.0' },
    })
  })

  it.each(['EIO', 'EMFILE', 'ESTALE'])(
    'is told by no view while the disk answers %s, with or without versions of unknown time',
    async (code) => {
      const failing = new UnansweringDisk()
      const options = { disk: failing.disk, retry: false, useIndex: false } as const
      await using storage = await openStore(await tempDirectory(), options)
      await storage.saveVersion(by('me'))
      const time = await moment()
      for (const undated of ['refuse', 'include', 'omit'] as const) {
        failing.answer = code
        const view = storage.asOf(time, { undated })
        const refused = { code: 'FS-IO-001', context: { error: code, version: '1.0.0' } }
        await expect(view.listVersionNames('p')).rejects.toMatchObject(refused)
        failing.answer = undefined
        expect(await view.listVersionNames('p')).toEqual(['1.0.0'])
      }
    },
  )

  it('is not known from before a program wrote to the store that keeps commit times', async () => {
    const storageDir = await tempDirectory()
    await (await openStore(storageDir)).close()
    const path = join(storageDir, '.metadata.json')
    const mark = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...mark, format_version: 1, requires: [] }))
    await using storage = await openStore(storageDir)
    const before = await moment()
    await storage.saveVersion(by('me'))
    const after = await moment()
    await expect(storage.asOf(before).listPromptIds()).rejects.toMatchObject({
      context: { reason: 'no_history', why: 'older_program' },
    })
    expect(await storage.asOf(after).listPromptIds()).toEqual(['p'])
  })

  it('is the same for another process with a warm index', async () => {
    const storageDir = await tempDirectory()
    await using other = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
    await using storage = await openStore(storageDir)
    await storage.saveVersion(by('me'))
    const first = await moment()
    expect(await other.asOf(first).listVersionNames('p')).toEqual(['1.0.0'])
    await storage.deleteVersion('p', '1.0.0')
    const second = await moment()
    expect(await other.asOf(first).listVersionNames('p')).toEqual(['1.0.0'])
    expect(await other.asOf(second).listVersionNames('p')).toEqual([])
  })
})

it('is named by verify where the time of a commit is in the future', async () => {
  const storageDir = await tempDirectory()
  vi.useFakeTimers({ now: Date.UTC(2100, 0, 1), toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  await using storage = await openStore(storageDir)
  await storage.saveVersion(by('me'))
  expect((await storage.verify()).findings).toEqual([])
  vi.useRealTimers()
  expect((await storage.verify({ repair: true })).findings).toMatchObject([
    { kind: 'future-time', path: 'p/1.0.0.json', repaired: false },
  ])
})
