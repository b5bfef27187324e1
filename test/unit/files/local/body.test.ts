import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import { badPayload, openPayload, takeBody } from '../../../../src/files/local/body.js'
import { FreeSpace } from '../../../../src/files/local/free-space.js'
import { tempDirectory } from '../../../support/temp.js'
import { pieces } from '../support.js'

const MIB = 1024 * 1024

async function opened(): Promise<{ readonly path: string; readonly directory: Store }> {
  const path = await tempDirectory()
  const directory = await Store.open(path, { disk: 'portable' })
  onTestFinished(async () => await directory.close())
  return { path, directory }
}

/** A source that says whether it was told to stop. */
function stoppable(...yielded: readonly unknown[]): {
  readonly source: AsyncIterable<Uint8Array>
  readonly isStopped: () => boolean
} {
  let isStopped = false
  async function* iterate(): AsyncGenerator<Uint8Array> {
    try {
      for (const each of yielded) yield each as Uint8Array
    } finally {
      isStopped = true
    }
  }
  return { source: iterate(), isStopped: () => isStopped }
}

describe('a body that is taken', () => {
  it('stays in memory while the journal takes it, and is staged when it is longer', async () => {
    const { directory } = await opened()
    const room = new FreeSpace(directory, 0)
    const most = directory.inlineBytesMax
    for (const size of [0, 1, most]) {
      const content = Buffer.alloc(size, 'x')
      const taken = await takeBody(directory, room, 'k', pieces(content, 1000))
      expect(taken.staged).toBeUndefined()
      expect(Buffer.compare(taken.bytes ?? Buffer.from('none'), content)).toBe(0)
    }
    const { staged } = await takeBody(directory, room, 'k', pieces(Buffer.alloc(most + 1), 1000))
    expect(staged?.bytes).toBe(most + 1)
    if (staged !== undefined) await directory.discard(staged)
  })

  it('is refused at the first piece that is not bytes, and its source is told to stop', async () => {
    const { directory } = await opened()
    const { source, isStopped } = stoppable(Buffer.from('bytes'), 'text', Buffer.from('more'))
    const taking = takeBody(directory, new FreeSpace(directory, 0), 'k', source)
    await expect(taking).rejects.toThrow(/must yield Uint8Arrays/)
    expect(isStopped()).toBe(true)
  })

  it('is refused where a long one would leave too little free space, and nothing of it stays', async () => {
    const { directory } = await opened()
    const room = new FreeSpace(directory, 1_000_000_000)
    const { source, isStopped } = stoppable(Buffer.alloc(MIB), Buffer.alloc(MIB))
    await expect(takeBody(directory, room, 'k', source)).rejects.toMatchObject({
      code: 'FS-IO-001',
      context: { reason: 'disk_space', key: 'k' },
    })
    expect(isStopped()).toBe(true)
    const names = ((await directory.volume.list('')) ?? []).map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith('.'))).toEqual([])
  })
})

describe('a payload', () => {
  it.each([
    ['at once', 1000],
    ['at once, at the limit', MIB],
    ['as a stream', MIB + 1],
    ['as a stream of several pieces', 3 * MIB],
  ])('is read %s, whole and in part', async (_, size) => {
    const { path, directory } = await opened()
    const content = Buffer.alloc(size)
    for (let at = 0; at + 4 <= size; at += 4) content.writeUInt32BE(at, at)
    await writeFile(join(path, 'payload'), content)
    for (const [start, end] of [
      [0, undefined],
      [0, size],
      [size - 3, size],
      [size - 3, size + 100],
      [7, 500],
      [300, 300],
      [size, undefined],
    ] as const) {
      const range = end === undefined ? { start } : { start, end }
      const body = await openPayload(directory, 'payload', size, range)
      if (body === undefined) throw new Error('There is no payload')
      expect((await buffer(body)).equals(content.subarray(start, end))).toBe(true)
    }
  })

  it('of another size than its document says is not opened, and the reason is told', async () => {
    const { path, directory } = await opened()
    await writeFile(join(path, 'short'), 'short')
    await writeFile(join(path, 'long'), Buffer.alloc(2 * MIB))
    for (const [name, bytes, reason] of [
      ['short', 6, 'cut'],
      ['short', 2 * MIB, 'cut'],
      ['long', 100, 'cut'],
      ['long', 3 * MIB, 'cut'],
      ['none', 5, 'missing'],
      ['none', 2 * MIB, 'missing'],
    ] as const) {
      expect(await openPayload(directory, name, bytes, { start: 0 })).toBeUndefined()
      const document = documentOf('k', Buffer.from('x'))
      const file = { key: 'k', etag: 'e', storedBytes: bytes, modifiedMs: 0, document }
      expect(await badPayload(directory, file, name)).toMatchObject({
        code: 'FS-LOAD-001',
        context: { key: 'k', path: name, reason, stored_bytes: bytes },
      })
    }
  })

  it('releases its file when its reader stops early', async () => {
    const { path, directory } = await opened()
    await writeFile(join(path, 'payload'), Buffer.alloc(2 * MIB))
    const body = await openPayload(directory, 'payload', 2 * MIB, { start: 0 })
    if (body === undefined) throw new Error('There is no payload')
    for await (const _ of body) break
    expect(body.destroyed).toBe(true)
    await expect(buffer(body)).rejects.toThrow()
  })
})
