import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import type { StoredFile, WriteCondition } from '../../../../src/files/backend.js'
import { documentDigest } from '../../../../src/files/fallback/outbox.js'
import { replayEntry } from '../../../../src/files/fallback/replay.js'
import { FallbackWriter, type WriterParts } from '../../../../src/files/fallback/writer.js'
import { MemoryBackend } from '../../../../src/files/memory.js'
import { spoolBytes } from '../../../../src/objects/spool.js'
import { documentOf, getText } from '../bucket/files.js'
import { fallbackParts } from './parts.js'

const down = (): StorageError => new StorageError('FS-UNAVAILABLE-001', 'down')
const lost = (): StorageError => new StorageError('FS-TIMEOUT-001', 'no answer')

/** A cloud that fails as it is told: before a change, or after it. */
class FailingCloud extends MemoryBackend {
  before: (() => StorageError) | undefined
  after: (() => StorageError) | undefined

  override async put(...given: Parameters<MemoryBackend['put']>): Promise<StoredFile> {
    if (this.before !== undefined) throw this.before()
    const file = await super.put(...given)
    if (this.after !== undefined) throw this.after()
    return file
  }

  override async delete(...given: Parameters<MemoryBackend['delete']>): Promise<boolean> {
    if (this.before !== undefined) throw this.before()
    return await super.delete(...given)
  }
}

interface Written {
  readonly cloud: FailingCloud
  readonly parts: WriterParts
  readonly writer: FallbackWriter
  put(key: string, text: string, condition?: WriteCondition): Promise<StoredFile>
}

async function writing(): Promise<Written> {
  const cloud = new FailingCloud()
  const parts = await fallbackParts(cloud)
  const writer = new FallbackWriter(parts)
  return {
    cloud,
    parts,
    writer,
    put: async (key, text, condition = {}) => {
      const bytes = Buffer.from(text)
      return await writer.put(key, spoolBytes(bytes), () => documentOf(key, bytes), condition)
    },
  }
}

describe('a change over a fallback', () => {
  it('goes to the cloud while it is up, and leaves nothing here', async () => {
    const { cloud, parts, writer, put } = await writing()
    const { etag } = await put('k', 'text')
    expect(await getText(cloud, 'k')).toBe('text')
    expect(parts.memory.base('k')).toEqual({ kind: 'file', etag })
    expect(await writer.delete('k', { ifMatch: etag })).toBe(true)
    expect(await writer.delete('k', {})).toBe(false)
    expect(parts.memory.base('k')).toEqual({ kind: 'absent' })
    expect(await parts.outbox.isEmpty()).toBe(true)
    await expect(put('k', 'x', { ifMatch: etag })).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
    expect(await parts.outbox.isEmpty()).toBe(true)
  })

  it('goes into the local store with its entry while it is down, with what the cloud held', async () => {
    const { cloud, parts, writer, put } = await writing()
    const { etag } = await put('k', 'old')
    cloud.before = down
    await put('k', 'new')
    expect(parts.replayer.isDown).toBe(true)
    expect(await getText(parts.local, 'k')).toBe('new')
    expect(await getText(cloud, 'k')).toBe('old')
    const base = { kind: 'file', etag }
    expect((await parts.outbox.find('k'))?.entry).toMatchObject({ action: 'store', base })
    expect(await writer.delete('k', {})).toBe(true)
    expect((await parts.outbox.find('k'))?.entry).toMatchObject({ action: 'delete', base })
    expect(await parts.local.head('k')).toBeUndefined()
    expect(await writer.delete('k', {})).toBe(false)
    expect(await writer.delete('unknown', {})).toBe(true)
  })

  it('of a pending key stays here until it is replayed, though the cloud is up again', async () => {
    const { cloud, parts, put } = await writing()
    cloud.before = down
    const first = await put('k', 'one')
    cloud.before = undefined
    // Nothing is replayed by itself from now on.
    await parts.replayer.stop()
    parts.replayer.noteUp()
    await expect(put('k', 'x', { ifAbsent: true })).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
    })
    await put('k', 'two', { ifMatch: first.etag })
    expect(await cloud.head('k')).toBeUndefined()
    const superseded = [documentDigest(first.document)]
    expect((await parts.outbox.find('k'))?.entry).toMatchObject({ superseded })
    expect(await replayEntry(parts, 'k', 'keep-both')).toBe('replayed')
    expect(await getText(cloud, 'k')).toBe('two')
  })

  it('with a condition fails while the cloud is down: nothing is known of its file', async () => {
    const { cloud, parts, writer, put } = await writing()
    cloud.before = down
    const refused = { code: 'FS-UNAVAILABLE-001' }
    await expect(put('k', 'x', { ifAbsent: true })).rejects.toMatchObject(refused)
    await expect(put('k', 'x', { ifMatch: 'e' })).rejects.toMatchObject(refused)
    await expect(writer.delete('k', { ifMatch: 'e' })).rejects.toMatchObject(refused)
    expect(await parts.outbox.isEmpty()).toBe(true)
    const { etag } = await put('pending', 'one')
    await put('pending', 'two', { ifMatch: etag })
    expect(await getText(parts.local, 'pending')).toBe('two')
  })

  it('whose answer was lost is kept with the document that may have arrived', async () => {
    const { cloud, parts, put } = await writing()
    await put('k', 'before')
    cloud.after = lost
    const kept = await put('k', 'text')
    cloud.after = undefined
    const arrived = await cloud.head('k')
    expect(arrived?.document).toEqual(kept.document)
    expect((await parts.outbox.find('k'))?.entry.base).toEqual({ kind: 'unknown' })
    expect(await parts.replayer.run()).toMatchObject({ replayed: 1, conflicts: [], pending: 0 })
    expect((await cloud.head('k'))?.etag).toBe(arrived?.etag)
  })

  it('that fails for another reason fails, and is not kept', async () => {
    const { cloud, parts, put } = await writing()
    cloud.before = () => new StorageError('FS-PERM-001', 'denied')
    await expect(put('k', 'text')).rejects.toMatchObject({ code: 'FS-PERM-001' })
    expect(parts.replayer.isDown).toBe(false)
    expect(await parts.outbox.isEmpty()).toBe(true)
  })

  it('is tried again when another process has changed the entry meanwhile', async () => {
    const { cloud, parts, put } = await writing()
    cloud.before = down
    await put('k', 'one')
    const { outbox, local } = parts
    const find = outbox.find.bind(outbox)
    let isFirst = true
    outbox.find = async (key) => {
      const found = await find(key)
      if (isFirst && found !== undefined) {
        isFirst = false
        // Another process, between the look and the commit.
        await local.directory.commit([outbox.writing({ ...found.entry, since_ms: 5 }, found)])
      }
      return found
    }
    await put('k', 'two')
    expect(isFirst).toBe(false)
    expect(await getText(local, 'k')).toBe('two')
  })
})
