import { describe, expect, it, onTestFinished } from 'vitest'
import { Store } from '../../../../src/engine/store.js'
import { documentOf } from '../../../../src/files/conformance/subject.js'
import {
  documentDigest,
  entryPath,
  Outbox,
  type OutboxEntry,
} from '../../../../src/files/fallback/outbox.js'
import { tempDirectory } from '../../../support/temp.js'

async function opened(): Promise<{ readonly directory: Store; readonly outbox: Outbox }> {
  const directory = await Store.open(await tempDirectory(), { disk: 'portable' })
  onTestFinished(async () => await directory.close())
  return { directory, outbox: new Outbox(directory) }
}

const entryOf = (
  key: string,
  changes: Partial<OutboxEntry> = {},
): Omit<OutboxEntry, 'format' | 'sequence'> => ({
  key,
  action: 'store',
  base: { kind: 'unknown' },
  since_ms: 1,
  superseded: [],
  ...changes,
})

describe('the outbox', () => {
  it('is empty at first, and then has the last entry of each key, in their order', async () => {
    const { directory, outbox } = await opened()
    expect(await outbox.isEmpty()).toBe(true)
    expect(await outbox.counts()).toEqual({ pending_uploads: 0, pending_deletes: 0 })
    for (const key of ['z', 'a', 'm'])
      await directory.commit([outbox.writing(entryOf(key), undefined)])
    const found = await outbox.find('z')
    const base = { kind: 'file', etag: 'e' } as const
    await directory.commit([outbox.writing(entryOf('z', { action: 'delete', base }), found)])
    expect((await outbox.all()).map(({ entry }) => entry.key)).toEqual(['a', 'm', 'z'])
    expect((await outbox.find('z'))?.entry).toMatchObject({ action: 'delete', base })
    expect(await outbox.find('none')).toBeUndefined()
    expect(await outbox.counts()).toEqual({ pending_uploads: 2, pending_deletes: 1 })
    expect(await outbox.isEmpty()).toBe(false)
  })

  it('takes one of two changes that have seen the same', async () => {
    const { directory, outbox } = await opened()
    const [one, two] = [1, 2].map(() => outbox.writing(entryOf('k'), undefined))
    if (one === undefined || two === undefined) throw new Error('no operations')
    await directory.commit([one])
    const lost = { code: 'FS-CONFLICT-001', context: { path: entryPath('k') } }
    await expect(directory.commit([two])).rejects.toMatchObject(lost)
    const found = await outbox.find('k')
    if (found === undefined) throw new Error('no entry')
    await directory.commit([outbox.writing(entryOf('k'), found)])
    await expect(directory.commit([outbox.removing(found)])).rejects.toMatchObject(lost)
    const last = await outbox.find('k')
    if (last !== undefined) await directory.commit([outbox.removing(last)])
    expect(await outbox.isEmpty()).toBe(true)
  })

  it('puts a later entry after an earlier one though the clock was set back', async () => {
    const { directory, outbox } = await opened()
    await directory.commit([outbox.writing(entryOf('k'), undefined)])
    const found = await outbox.find('k')
    if (found === undefined) throw new Error('no entry')
    const sequence = Number.MAX_SAFE_INTEGER - 10
    const ahead = { ...found, entry: { ...found.entry, sequence } }
    await directory.commit([outbox.writing(entryOf('k'), ahead)])
    expect((await outbox.find('k'))?.entry.sequence).toBe(sequence + 1)
    await directory.commit([outbox.writing(entryOf('next'), undefined)])
    expect((await outbox.all()).map(({ entry }) => entry.key)).toEqual(['k', 'next'])
  })

  it('remembers the last 64 changes of a key that may have reached the cloud', async () => {
    const { directory, outbox } = await opened()
    const superseded = Array.from({ length: 70 }, (_, at) => `digest ${at}`)
    await directory.commit([outbox.writing(entryOf('k', { superseded }), undefined)])
    expect((await outbox.find('k'))?.entry.superseded).toEqual(superseded.slice(-64))
  })

  it.each(['{"format":1', '{"format":2}', '{}', ''])(
    'fails for a damaged entry, which is not guessed: %s',
    async (text) => {
      const { directory, outbox } = await opened()
      const path = entryPath('k')
      await directory.commit([{ kind: 'create', path, bytes: Buffer.from(text) }])
      const damaged = { code: 'FS-LOAD-001', context: { path, reason: 'json' } }
      await expect(outbox.find('k')).rejects.toMatchObject(damaged)
      await expect(outbox.all()).rejects.toMatchObject(damaged)
    },
  )
})

describe('the digest of a document', () => {
  const document = documentOf('k', Buffer.from('content'), { metadata: { n: 1 } })
  const encryption = {
    algorithm: 'aes-256-gcm-chunked',
    key_id: 'k',
    chunk_bytes: 1024,
    salt: 'one',
  } as const

  it('tells one store of a file from every other', () => {
    const digests = [
      document,
      { ...document, key: 'other' },
      { ...document, kind: 'text' } as const,
      { ...document, digest: '0'.repeat(64) },
      { ...document, metadata: { n: 2 } },
      { ...document, updated_at: '2026-01-02T03:04:05.679Z' },
      { ...document, expires_at: document.updated_at },
      { ...document, compression: 'gzip' } as const,
      { ...document, encryption },
      { ...document, encryption: { ...encryption, salt: 'two' } },
    ].map(documentDigest)
    expect(new Set(digests).size).toBe(digests.length)
    expect(documentDigest({ ...document })).toBe(digests[0])
  })
})
