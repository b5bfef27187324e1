import { describe, expect, it } from 'vitest'
import type { StoredFile } from '../../../../src/files/backend.js'
import type { ConflictPolicy } from '../../../../src/files/conflict.js'
import type { FileDocument } from '../../../../src/files/document.js'
import { documentDigest, type CloudBase } from '../../../../src/files/fallback/outbox.js'
import { CloudMemory, replayEntry } from '../../../../src/files/fallback/replay.js'
import type { WriterParts } from '../../../../src/files/fallback/writer.js'
import { documentOf, getText, keysOf, putText } from '../bucket/files.js'
import { fallbackParts } from './parts.js'

interface Pending {
  readonly base?: CloudBase
  readonly sinceMs?: number
  readonly superseded?: readonly string[]
  readonly changes?: Partial<FileDocument>
}

/** A local change that waits for the cloud. */
async function pend(
  { local, outbox }: WriterParts,
  key: string,
  text: string | undefined,
  { base = { kind: 'unknown' }, sinceMs = Date.now(), superseded = [], changes }: Pending = {},
): Promise<StoredFile | undefined> {
  const action = text === undefined ? 'delete' : 'store'
  const entry = { key, action, base, since_ms: sinceMs, superseded } as const
  const operation = outbox.writing(entry, await outbox.find(key))
  if (text === undefined) {
    await local.directory.commit([operation])
    return undefined
  }
  const bytes = Buffer.from(text)
  return await local.put(
    key,
    bytes,
    () => documentOf(key, bytes, changes),
    {},
    () => [operation],
  )
}

const isLeft = async ({ local, outbox }: WriterParts, key: string): Promise<boolean> =>
  (await outbox.find(key)) !== undefined || (await local.head(key)) !== undefined

/** Later than the entries that are made before. */
const later = (): Partial<FileDocument> => ({
  updated_at: new Date(Date.now() + 60_000).toISOString(),
})

describe('a replay', () => {
  it('carries a file to the cloud with its document, and leaves nothing of it here', async () => {
    const parts = await fallbackParts()
    const pending = await pend(parts, 'k', 'text', { changes: { metadata: { n: 1 } } })
    expect(await replayEntry(parts, 'k', 'keep-both')).toBe('replayed')
    expect((await parts.cloud.head('k'))?.document).toEqual(pending?.document)
    expect(await getText(parts.cloud, 'k')).toBe('text')
    expect(await isLeft(parts, 'k')).toBe(false)
    expect(await replayEntry(parts, 'k', 'keep-both')).toBe('replayed')
  })

  it('removes a file from the cloud, also one that is gone already', async () => {
    const parts = await fallbackParts()
    const { etag } = await putText(parts.cloud, 'k', 'old')
    await pend(parts, 'k', undefined, { base: { kind: 'file', etag } })
    await pend(parts, 'gone', undefined)
    for (const key of ['k', 'gone'])
      expect(await replayEntry(parts, key, 'keep-both')).toBe('replayed')
    expect(await keysOf(parts.cloud)).toEqual([])
    expect(await isLeft(parts, 'k')).toBe(false)
    expect(parts.memory.base('k')).toEqual({ kind: 'absent' })
  })

  it('recognises what an earlier attempt has stored, and does not store it again', async () => {
    const parts = await fallbackParts()
    const pending = await pend(parts, 'k', 'text')
    if (pending === undefined) throw new Error('nothing pending')
    const landed = await parts.cloud.put('k', Buffer.from('text'), () => pending.document)
    expect(await replayEntry(parts, 'k', 'keep-both')).toBe('replayed')
    expect((await parts.cloud.head('k'))?.etag).toBe(landed.etag)
    expect(await isLeft(parts, 'k')).toBe(false)
  })

  it('replaces what it knows, what came before it, and its own earlier change', async () => {
    const parts = await fallbackParts()
    const known = await putText(parts.cloud, 'known', 'old', {}, later())
    await pend(parts, 'known', 'new', { base: { kind: 'file', etag: known.etag } })
    await putText(parts.cloud, 'earlier', 'old')
    await pend(parts, 'earlier', 'new', { sinceMs: Date.now() + 1000 })
    const own = await putText(parts.cloud, 'own', 'old', {}, later())
    await pend(parts, 'own', 'new', { superseded: [documentDigest(own.document)] })
    for (const key of ['known', 'earlier', 'own']) {
      expect(await replayEntry(parts, key, 'keep-both')).toBe('replayed')
      expect(await getText(parts.cloud, key)).toBe('new')
    }
  })

  it.each<[ConflictPolicy, readonly string[]]>([
    ['local-wins', ['k: local']],
    ['cloud-wins', ['k: cloud']],
    ['keep-both', ['k: cloud', 'k.conflict-: local']],
  ])(
    'lets the policy decide about a file that another client has changed: %s',
    async (policy, kept) => {
      const parts = await fallbackParts()
      await pend(parts, 'k', 'local')
      await putText(parts.cloud, 'k', 'cloud', {}, later())
      expect(await replayEntry(parts, 'k', policy)).toBe('conflict')
      const found: string[] = []
      for (const key of await keysOf(parts.cloud))
        found.push(`${key.replace(/[0-9a-f]{12}$/, '')}: ${await getText(parts.cloud, key)}`)
      expect(found).toEqual(kept)
      expect(await isLeft(parts, 'k')).toBe(false)
    },
  )

  it.each<[ConflictPolicy, string | undefined]>([
    ['local-wins', undefined],
    ['cloud-wins', 'cloud'],
    ['keep-both', 'cloud'],
  ])(
    'drops a delete of a file that another client has changed, unless it wins: %s',
    async (policy, kept) => {
      const parts = await fallbackParts()
      await pend(parts, 'k', undefined)
      await putText(parts.cloud, 'k', 'cloud', {}, later())
      expect(await replayEntry(parts, 'k', policy)).toBe('conflict')
      expect(await getText(parts.cloud, 'k')).toBe(kept)
    },
  )

  it('does not bring a file back silently that another client has deleted', async () => {
    const parts = await fallbackParts()
    await pend(parts, 'k', 'local', { base: { kind: 'file', etag: 'what was there' } })
    expect(await replayEntry(parts, 'k', 'cloud-wins')).toBe('conflict')
    expect(await keysOf(parts.cloud)).toEqual([])
  })

  it('leaves an encrypted file pending that could only be kept under another key', async () => {
    const parts = await fallbackParts()
    const encryption = {
      algorithm: 'aes-256-gcm-chunked',
      key_id: 'k',
      chunk_bytes: 1024,
      salt: `${'A'.repeat(43)}=`,
    } as const
    await pend(parts, 'k', 'local', { changes: { encryption } })
    await putText(parts.cloud, 'k', 'cloud', {}, later())
    await expect(replayEntry(parts, 'k', 'keep-both')).rejects.toMatchObject({
      code: 'FS-CONFLICT-001',
      context: { key: 'k', reason: 'encrypted' },
    })
    expect(await isLeft(parts, 'k')).toBe(true)
    expect(await getText(parts.cloud, 'k')).toBe('cloud')
  })

  it('reports an entry whose file is missing, and keeps it', async () => {
    const parts = await fallbackParts()
    await pend(parts, 'k', 'local')
    await parts.local.delete('k')
    await expect(replayEntry(parts, 'k', 'keep-both')).rejects.toMatchObject({
      code: 'FS-LOAD-001',
      context: { key: 'k', reason: 'missing' },
    })
    expect(await parts.outbox.find('k')).toBeDefined()
  })
})

it('the memory of the cloud tells a file from none and from what is not known', async () => {
  const memory = new CloudMemory()
  expect(memory.base('k')).toEqual({ kind: 'unknown' })
  memory.see('k', undefined)
  expect(memory.base('k')).toEqual({ kind: 'absent' })
  const file = await putText((await fallbackParts()).cloud, 'k', 'text')
  memory.see('k', file)
  expect(memory.base('k')).toEqual({ kind: 'file', etag: file.etag })
  memory.forget('k')
  expect(memory.base('k')).toEqual({ kind: 'unknown' })
})
