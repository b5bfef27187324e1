import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LOST_FILE } from '../../../../src/format/layout.js'
import type { LostMessage } from '../../../../src/base/channels.js'
import { subscribe } from '../../../../src/base/channels.js'
import { DurableDirectory } from '../../../../src/engine/durable-directory.js'
import { INLINE_BYTES_MAX } from '../../../../src/engine/journal/segments.js'
import { Store } from '../../../../src/engine/store.js'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { copyStore } from '../../../support/copy-store.mjs'
import { tempDirectory } from '../../../support/temp.js'

const large = (filling: number): Uint8Array => new Uint8Array(INLINE_BYTES_MAX + 1).fill(filling)
const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const textOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

/** A store as a killed process leaves it: what was committed is in the journal, and no checkpoint covers it. */
async function crashed(
  work: (directory: DurableDirectory, path: string) => Promise<void>,
): Promise<string> {
  const path = await tempDirectory()
  const copy = await tempDirectory()
  const directory = await DurableDirectory.open(path, { checkpointIdleMs: 3_600_000 })
  await work(directory, path)
  copyStore(path, copy)
  await directory.close()
  return copy
}

async function crashedWithLarge(): Promise<string> {
  return await crashed(async (directory) => {
    await directory.commit([{ kind: 'create', path: 'big.bin', bytes: large(1) }])
    await directory.commit([{ kind: 'create', path: 'small.txt', bytes: bytesOf('small') }])
  })
}

function lostMessages(): { readonly seen: LostMessage[]; readonly stop: () => void } {
  const seen: LostMessage[] = []
  return { seen, stop: subscribe('lost', (message) => seen.push(message)) }
}

describe.each(['native', 'portable'] as const)('recovery on the %s disk', (disk) => {
  it('opens without a large content that is gone, restores the rest, and names it in health and in an event', async () => {
    const path = await crashedWithLarge()
    await rm(join(path, 'big.bin'))
    await rm(join(path, 'small.txt'))
    const { seen, stop } = lostMessages()
    await using directory = await DurableDirectory.open(path, { disk })
    stop()
    expect(textOf(await directory.read('small.txt'))).toBe('small')
    expect(await directory.read('big.bin')).toBeUndefined()
    const lost = [{ path: 'big.bin', reason: 'content_gone', noticed_at: expect.any(String) }]
    expect(directory.lostFiles).toEqual(lost)
    expect(directory.health().lost).toEqual({ files: lost, omitted: 0 })
    expect(seen).toEqual([{ directory: path, files: lost, omitted: 0 }])
  })

  it('puts a large content aside that is not what was written, and never serves it', async () => {
    const path = await crashedWithLarge()
    const rotten = large(1)
    rotten[7] = 2
    await writeFile(join(path, 'big.bin'), rotten)
    await using directory = await DurableDirectory.open(path, { disk })
    expect(await directory.read('big.bin')).toBeUndefined()
    const [lost] = directory.lostFiles
    expect(lost).toMatchObject({ path: 'big.bin', reason: 'content_damaged' })
    expect(Buffer.compare(await readFile(join(path, lost?.kept_as ?? '')), rotten)).toBe(0)
  })

  it('puts contents aside whose names something else has, and restores the rest', async () => {
    const path = await crashed(async (directory) => {
      await directory.commit([{ kind: 'create', path: 'a/inline', bytes: bytesOf('inline') }])
      await directory.commit([{ kind: 'create', path: 'b', bytes: bytesOf('well') }])
      await directory.commit([{ kind: 'create', path: 'c', bytes: bytesOf('gone') }])
      await directory.commit([{ kind: 'remove', path: 'c' }])
    })
    await rm(join(path, 'a/inline'))
    await mkdir(join(path, 'a/inline/taken'), { recursive: true })
    await mkdir(join(path, 'c'))
    await using directory = await DurableDirectory.open(path, { disk })
    expect(textOf(await directory.read('b'))).toBe('well')
    const [lost, ...others] = directory.lostFiles
    expect(others).toEqual([])
    expect(lost).toMatchObject({ path: 'a/inline', reason: 'obstructed' })
    expect(await readFile(join(path, lost?.kept_as ?? ''), 'utf8')).toBe('inline')
  })
})

describe('the list of files that could not be kept', () => {
  it('stays over openings until it is accepted', async () => {
    const path = await crashedWithLarge()
    await rm(join(path, 'big.bin'))
    for (let opening = 0; opening < 3; opening++) {
      const directory = await DurableDirectory.open(path)
      expect(directory.lostFiles.map((file) => file.path)).toEqual(['big.bin'])
      await directory.close()
    }
    {
      await using directory = await DurableDirectory.open(path)
      const accepted = await directory.acceptLost(['big.bin', 'other'])
      expect(accepted.map((file) => file.path)).toEqual(['big.bin'])
      expect(directory.lostFiles).toEqual([])
    }
    await using again = await DurableDirectory.open(path)
    expect(again.lostFiles).toEqual([])
    expect(await readdir(path)).not.toContain(LOST_FILE)
  })

  it('loses a name that is committed again, and one that was put back by hand', async () => {
    const path = await tempDirectory()
    const directory = await DurableDirectory.open(path)
    await directory.reportLost([
      { path: 'committed', reason: 'removed' },
      { path: 'put-back', reason: 'removed' },
      { path: 'gone', reason: 'removed' },
    ])
    await directory.commit([{ kind: 'create', path: 'committed', bytes: bytesOf('x') }])
    expect(directory.lostFiles.map((file) => file.path)).toEqual(['put-back', 'gone'])
    await directory.close()
    await writeFile(join(path, 'put-back'), 'x')
    await using again = await DurableDirectory.open(path)
    expect(again.lostFiles.map((file) => file.path)).toEqual(['gone'])
  })

  it('is the same for every process', async () => {
    const path = await tempDirectory()
    await using first = await Store.open(path)
    await using second = await Store.open(path)
    await first.reportLost([{ path: 'a', reason: 'removed' }])
    await second.reportLost([{ path: 'b', reason: 'removed' }])
    await first.waitForPublish()
    expect(first.lostFiles.map((file) => file.path)).toEqual(['a', 'b'])
    await first.acceptLost(['a'])
    await second.waitForPublish()
    await second.waitForPublish()
    expect(second.lostFiles.map((file) => file.path)).toEqual(['b'])
  })

  it('is bounded: what has no room is counted', async () => {
    const path = await tempDirectory()
    const directory = await DurableDirectory.open(path)
    const names = Array.from({ length: 2500 }, (_, at) => `file-${at}`)
    await directory.reportLost(names.map((name) => ({ path: name, reason: 'removed' })))
    await directory.close()
    await using again = await DurableDirectory.open(path)
    const { files, omitted } = again.health().lost
    expect([files.length, omitted]).toEqual([1000, 1500])
    await again.acceptLost()
    expect(again.health().lost).toEqual({ files: [], omitted: 0 })
  })

  it.each(['', '{', '{"files":[{"path":7}],"omitted":0}', `"${'x'.repeat(2_000_000)}"`])(
    'names itself when it is damaged, and keeps nothing shut',
    async (content) => {
      const path = await tempDirectory()
      await (await DurableDirectory.open(path)).close()
      await writeFile(join(path, LOST_FILE), content)
      await using directory = await DurableDirectory.open(path)
      expect(directory.lostFiles.map((file) => file.path)).toEqual([LOST_FILE])
      await directory.acceptLost()
      expect(directory.lostFiles).toEqual([])
    },
  )

  it('is kept in memory where a directory has its name', async () => {
    const path = await tempDirectory()
    await (await DurableDirectory.open(path)).close()
    await mkdir(join(path, LOST_FILE, 'x'), { recursive: true })
    await using directory = await DurableDirectory.open(path)
    await directory.reportLost([{ path: 'a', reason: 'removed' }])
    expect(directory.lostFiles.map((file) => file.path)).toEqual([LOST_FILE, 'a'])
  })

  it('is a name that commits are refused', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    const operation = { kind: 'create', path: LOST_FILE, bytes: bytesOf('x') } as const
    await expect(directory.commit([operation])).rejects.toThrow(TypeError)
  })

  it('is told by the verification of files, until it is accepted', async () => {
    const path = await tempDirectory()
    const copy = await tempDirectory()
    {
      await using storage = await FileStorage.open({ local_storage_path: path })
      await storage.store('big', randomBytes(INLINE_BYTES_MAX + 1))
      copyStore(path, copy)
    }
    const payload = (await readdir(copy)).find((name) => name.startsWith('big')) ?? ''
    await rm(join(copy, payload))
    await using storage = await FileStorage.open({ local_storage_path: copy })
    const lost = { path: payload, reason: 'content_gone', noticed_at: expect.any(String) }
    expect((await storage.verify({})).lost).toEqual([{ ...lost, accepted: false }])
    expect((await storage.verify({ accept: true })).lost).toEqual([{ ...lost, accepted: true }])
    expect((await storage.verify({})).lost).toEqual([])
  })
})
