import { setTimeout as sleep } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { subscribe } from '../../../../src/base/channels.js'
import { codeOf, documentOf, getText, keysOf, putText } from '../bucket/files.js'
import { OutagePlace, syncAll } from './place.js'

const KINDS = ['s3', 'gcs'] as const

describe.each(KINDS)('a fallback over %s', (kind) => {
  it('takes writes and deletes while the cloud is down, and gives them back when it is up', async () => {
    const place = await OutagePlace.make(kind)
    const files = await place.open()
    await putText(files, 'old', 'old 1')
    await putText(files, 'gone', 'gone')
    place.down()
    await putText(files, 'old', 'old 2')
    await putText(files, 'new', 'new')
    expect(await files.delete('gone')).toBe(true)
    expect(await files.delete('gone')).toBe(false)
    expect(files.isDown).toBe(true)
    expect(await files.pending()).toEqual({ pending_uploads: 2, pending_deletes: 1 })
    expect(await getText(files, 'old')).toBe('old 2')
    expect(await getText(files, 'new')).toBe('new')
    expect(await files.get('gone')).toBeUndefined()
    expect(await files.head('gone')).toBeUndefined()
    place.up()
    await syncAll(files)
    const cloud = await place.cloud()
    expect(await keysOf(cloud)).toEqual(['new', 'old'])
    expect(await getText(cloud, 'old')).toBe('old 2')
    expect(await getText(files, 'old')).toBe('old 2')
    expect(await getText(files, 'new')).toBe('new')
    expect(await files.get('gone')).toBeUndefined()
    expect(await files.pending()).toEqual({ pending_uploads: 0, pending_deletes: 0 })
    expect(files.isDown).toBe(false)
  })

  it('reads ranges and streams of what is pending', async () => {
    const place = await OutagePlace.make(kind)
    const files = await place.open()
    place.down()
    const content = Buffer.alloc(3_000_000, 'abc')
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < content.length; at += 100_000) {
        yield content.subarray(at, at + 100_000)
        await Promise.resolve()
      }
    }
    await files.put('large', body(), () => documentOf('large', content))
    const part = await files.get('large', { start: 2_999_997 })
    expect(part === undefined ? '' : (await buffer(part.body)).toString()).toBe('abc')
    place.up()
    await syncAll(files)
    expect(await getText(await place.cloud(), 'large')).toBe(content.toString())
  })
})

describe('while the cloud is down', () => {
  it('says that it does not know what it does not know', async () => {
    const place = await OutagePlace.make()
    const files = await place.open()
    const stored = await putText(files, 'key', '1')
    place.down()
    expect(await codeOf(files.get('key'))).toBe('FS-UNAVAILABLE-001')
    expect(await codeOf(files.head('absent'))).toBe('FS-UNAVAILABLE-001')
    expect(await codeOf(files.list({ prefix: '', limit: 10 }))).toBe('FS-UNAVAILABLE-001')
    const conditional = [
      await codeOf(putText(files, 'key', '2', { ifMatch: stored.etag })),
      await codeOf(putText(files, 'absent', '2', { ifAbsent: true })),
      await codeOf(files.delete('key', { ifMatch: stored.etag })),
    ]
    for (const code of conditional) expect(['FS-UNAVAILABLE-001', 'FS-TIMEOUT-001']).toContain(code)
    expect(await files.pending()).toEqual({ pending_uploads: 0, pending_deletes: 0 })
  })

  it('checks conditions on what is pending', async () => {
    const place = await OutagePlace.make()
    const files = await place.open()
    place.down()
    const first = await putText(files, 'key', '1')
    expect(await codeOf(putText(files, 'key', 'x', { ifAbsent: true }))).toBe('FS-CONFLICT-001')
    const second = await putText(files, 'key', '2', { ifMatch: first.etag })
    expect(await codeOf(putText(files, 'key', 'x', { ifMatch: first.etag }))).toBe(
      'FS-CONFLICT-001',
    )
    expect(await codeOf(files.delete('key', { ifMatch: first.etag }))).toBe('FS-CONFLICT-001')
    expect(await files.delete('key', { ifMatch: second.etag })).toBe(true)
    expect(await codeOf(files.delete('key', { ifMatch: second.etag }))).toBe('FS-CONFLICT-001')
    await putText(files, 'key', '3', { ifAbsent: true })
    place.up()
    await syncAll(files)
    expect(await getText(await place.cloud(), 'key')).toBe('3')
  })

  it('lists what will be, once the cloud is up and before all is replayed', async () => {
    const place = await OutagePlace.make()
    const files = await place.open()
    for (const key of ['b', 'd', 'f', 'h']) await putText(files, key, key)
    place.down()
    for (const key of ['a', 'd', 'e', 'z']) await putText(files, key, `${key} pending`)
    for (const key of ['b', 'f', 'nothing']) await files.delete(key)
    place.standIn.setFaults(({ method, url }) =>
      method === 'GET' || method === 'HEAD' || url.searchParams.has('list-type')
        ? undefined
        : { status: 503 },
    )
    await sleep(1100)
    const expected = ['a', 'd', 'e', 'h', 'z']
    for (const limit of [1, 2, 3, 100]) expect(await keysOf(files, '', limit)).toEqual(expected)
    const listed = await files.list({ prefix: 'd', limit: 5 })
    expect(listed.files[0]?.document.bytes).toBe('d pending'.length)
    expect((await files.pending()).pending_uploads).toBe(4)
  })

  it('stores locally after a request whose answer was lost, and stores it once', async () => {
    const place = await OutagePlace.make()
    const files = await place.open()
    await putText(files, 'key', 'before')
    place.standIn.setFaults(({ method }) => (method === 'PUT' ? 'lost' : undefined))
    await putText(files, 'key', 'after')
    expect((await files.pending()).pending_uploads).toBe(1)
    const cloud = await place.cloud()
    const landed = await cloud.head('key')
    expect(landed?.document.bytes).toBe('after'.length)
    place.up()
    await syncAll(files)
    // Recognised, not stored again.
    expect((await cloud.head('key'))?.etag).toBe(landed?.etag)
    expect(await getText(files, 'key')).toBe('after')
  })

  it('replays by itself when the cloud is back', async () => {
    const place = await OutagePlace.make()
    const files = await place.open({ retryIntervalMs: 300 })
    place.down()
    await putText(files, 'key', 'pending')
    await sleep(700)
    expect((await files.pending()).pending_uploads).toBe(1)
    place.up()
    const cloud = await place.cloud()
    for (let waited = 0; (await files.pending()).pending_uploads > 0; waited++) {
      expect(waited).toBeLessThan(100)
      await sleep(100)
    }
    expect(await getText(cloud, 'key')).toBe('pending')
  })

  it('replays what an earlier process has left', async () => {
    const place = await OutagePlace.make()
    const first = await place.open()
    place.down()
    await putText(first, 'a', '1')
    await first.delete('b')
    await first.close()
    expect(await codeOf(putText(first, 'a', 'x'))).toBe('FS-CLOSED-001')
    place.up()
    const second = await place.open()
    expect(await getText(second, 'a')).toBe('1')
    await syncAll(second)
    expect(await getText(await place.cloud(), 'a')).toBe('1')
  })
})

describe('a file that others have changed in the cloud during an outage', () => {
  async function conflicting(onConflict: 'local-wins' | 'cloud-wins' | 'keep-both') {
    const place = await OutagePlace.make()
    const files = await place.open({ onConflict })
    const cloud = await place.othersCloud()
    for (const key of ['stored', 'deleted', 'untouched']) await putText(files, key, 'before')
    place.down()
    await putText(files, 'stored', 'own')
    await files.delete('deleted')
    await putText(files, 'untouched', 'own')
    const later = { updated_at: new Date(Date.now() + 5).toISOString() }
    for (const key of ['stored', 'deleted']) await putText(cloud, key, 'theirs', {}, later)
    expect(await getText(files, 'stored')).toBe('own')
    expect(await files.head('deleted')).toBeUndefined()
    const warnings: string[] = []
    const stop = subscribe('warning', ({ code }) => warnings.push(code))
    place.up()
    await syncAll(files)
    stop()
    expect(warnings).toEqual(['cloud-up', 'cloud-conflict', 'cloud-conflict'])
    expect(await getText(cloud, 'untouched')).toBe('own')
    return { files, cloud }
  }

  it('is replaced when local wins', async () => {
    const { files, cloud } = await conflicting('local-wins')
    expect(await keysOf(cloud)).toEqual(['stored', 'untouched'])
    expect(await getText(files, 'stored')).toBe('own')
  })

  it('stays when the cloud wins', async () => {
    const { files, cloud } = await conflicting('cloud-wins')
    expect(await keysOf(cloud)).toEqual(['deleted', 'stored', 'untouched'])
    expect(await getText(files, 'stored')).toBe('theirs')
    expect(await getText(files, 'deleted')).toBe('theirs')
  })

  it('stays, with the local one beside it, when both are kept', async () => {
    const { files, cloud } = await conflicting('keep-both')
    const keys = await keysOf(cloud)
    const beside = keys.find((key) => key.startsWith('stored.conflict-')) ?? ''
    expect(keys).toEqual(['deleted', 'stored', beside, 'untouched'])
    expect(await getText(files, 'stored')).toBe('theirs')
    expect(await getText(files, beside)).toBe('own')
  })

  it('keeps an encrypted file pending until a caller chooses: it is bound to its key', async () => {
    const place = await OutagePlace.make()
    const files = await place.open({ onConflict: 'keep-both' })
    const cloud = await place.othersCloud()
    await putText(files, 'key', 'before')
    place.down()
    const salt = Buffer.alloc(16, 1).toString('base64')
    const encryption = {
      algorithm: 'aes-256-gcm-chunked',
      key_id: 'k',
      chunk_bytes: 65_536,
      salt,
    } as const
    await putText(files, 'key', 'own', {}, { encryption })
    await putText(
      cloud,
      'key',
      'theirs',
      {},
      { updated_at: new Date(Date.now() + 5).toISOString() },
    )
    place.up()
    await sleep(1100)
    const report = await files.sync()
    expect(report).toMatchObject({ pending: 1, failed: [{ key: 'key', code: 'FS-CONFLICT-001' }] })
    expect(await getText(files, 'key')).toBe('own')
    expect(await files.sync({ onConflict: 'local-wins' })).toMatchObject({
      conflicts: ['key'],
      pending: 0,
    })
    expect(await getText(cloud, 'key')).toBe('own')
  })

  it('is not a conflict when it was our own earlier change', async () => {
    const place = await OutagePlace.make()
    const files = await place.open({ onConflict: 'cloud-wins' })
    await putText(files, 'key', '0')
    // The first pending store reaches the cloud, and its answer is lost.
    place.standIn.setFaults(({ method }) => (method === 'PUT' ? 'lost' : undefined))
    await putText(
      files,
      'key',
      '1',
      {},
      { updated_at: new Date(Date.now() + 60_000).toISOString() },
    )
    await putText(files, 'key', '2')
    place.up()
    await syncAll(files)
    expect(await getText(await place.cloud(), 'key')).toBe('2')
  })
})

describe('a delete of our own whose answer was lost', () => {
  it('is not treated as one by another process', async () => {
    const place = await OutagePlace.make()
    const files = await place.open({ onConflict: 'cloud-wins' })
    await putText(files, 'key', '0')
    place.down()
    await putText(files, 'another', 'x')
    await files.delete('key')
    await sleep(1100)
    place.standIn.setFaults(({ method }) => (method === 'DELETE' ? 'lost' : undefined))
    expect(await files.sync()).toMatchObject({ pending: 1 })
    place.down()
    await putText(files, 'key', '1')
    place.up()
    await syncAll(files)
    expect(await getText(await place.cloud(), 'key')).toBe('1')
  })
})

describe('options', () => {
  it('are checked', async () => {
    const place = await OutagePlace.make()
    const wrong = { onConflict: 'none-wins' } as unknown as { onConflict: 'local-wins' }
    await expect(place.open(wrong)).rejects.toThrow(/onConflict.*'local-wins'/)
  })
})
