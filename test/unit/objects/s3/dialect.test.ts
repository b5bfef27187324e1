import { describe, expect, it, onTestFinished } from 'vitest'
import type { CloudBackend } from '../../../../src/files/bucket/backend.js'
import { openCloud, type CloudConfig } from '../../../../src/files/bucket/open.js'
import { codeOf, documentOf, getText, keysOf, putText } from '../../files/bucket/files.js'
import { startS3 } from '../../files/bucket/standins/s3.mjs'
import { s3Config } from '../../files/bucket/subjects.js'

const MIB = 1024 * 1024
const HASTE = { maxRetries: 3, timeoutSeconds: 2, breakerSeconds: 1 }

describe('services that speak another S3', () => {
  async function open(
    dialect: Parameters<typeof startS3>[0],
    changes: Partial<CloudConfig> = {},
  ): Promise<CloudBackend> {
    const standIn = await startS3(dialect)
    const backend = await openCloud({ ...s3Config(standIn.endpoint), ...HASTE, ...changes })
    onTestFinished(async () => {
      await backend?.close()
      await standIn.close()
    })
    if (backend === undefined) throw new Error('The configuration names no bucket')
    return backend
  }

  it('are refused when they ignore preconditions', async () => {
    const backend = await open({ dialect: { conditions: false } })
    const error: unknown = await putText(backend, 'key', '1').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'FS-FORMAT-001', context: { header: 'If-None-Match' } })
    expect(await keysOf(backend)).toEqual([])
  })

  it('are understood when they compare ETags without quotes, or neither deletes nor completions have conditions', async () => {
    const backend = await open(
      { dialect: { quotes: false, deletes: false, completes: false } },
      { largeUploadBytes: 8 * MIB },
    )
    const first = await putText(backend, 'key', '1')
    const second = await putText(backend, 'key', '2', { ifMatch: first.etag })
    expect(await codeOf(backend.delete('key', { ifMatch: first.etag }))).toBe('FS-CONFLICT-001')
    expect(await backend.delete('key', { ifMatch: second.etag })).toBe(true)
    expect(await backend.head('key')).toBeUndefined()
    expect(await keysOf(backend)).toEqual([])
    await putText(backend, 'key', '3', { ifAbsent: true })
    const large = Buffer.alloc(9 * MIB, 'y')
    const refused = backend.put('key', large, () => documentOf('key', large), { ifAbsent: true })
    expect(await codeOf(refused)).toBe('FS-CONFLICT-001')
    await backend.put('key', large, () => documentOf('key', large))
    expect((await getText(backend, 'key'))?.length).toBe(large.length)
    expect(await backend.delete('key')).toBe(true)
  })
})
