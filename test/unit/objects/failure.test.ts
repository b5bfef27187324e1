import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { subscribe, type RetryMessage } from '../../../src/base/channels.js'
import { StorageError, type StorageErrorCode } from '../../../src/base/errors.js'
import { isOutage, NO_CREDENTIALS, outageOf } from '../../../src/objects/failure.js'
import { codeOf, documentOf, getText, keysOf, putText } from '../files/bucket/files.js'
import type { Fault } from '../files/bucket/standins/http.mjs'
import { gcsStandIn, s3StandIn, type CloudPlace } from '../files/bucket/subjects.js'

const MIB = 1024 * 1024
const HASTE = { maxRetries: 3, timeoutSeconds: 2, breakerSeconds: 1 }

/** The first `count` requests that `isMeant` go wrong. */
function failFirst(
  place: CloudPlace,
  fault: Fault,
  count: number,
  isMeant: (method: string, url: URL) => boolean = () => true,
): void {
  let left = count
  place.standIn?.setFaults(({ method, url }) =>
    isMeant(method, url) && left-- > 0 ? fault : undefined,
  )
}

const isWrite = (method: string): boolean => method === 'PUT' || method === 'POST'

describe.each([s3StandIn, gcsStandIn])('failures of $name', (subject) => {
  it.each<[string, Fault]>([
    ['a broken connection', 'reset'],
    ['a lost answer', 'lost'],
    ['an overloaded service', { status: 503 }],
    ['a throttling service', { status: 429 }],
    ['a failing service', { status: 500 }],
  ])('are survived: %s', async (_, fault) => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    await putText(backend, 'key', '0')
    failFirst(place, fault, 2, isWrite)
    const stored = await putText(backend, 'key', '1')
    failFirst(place, fault, 2)
    expect(await getText(backend, 'key')).toBe('1')
    expect((await backend.head('key'))?.etag).toBe(stored.etag)
    failFirst(place, fault, 1, (method) => method === 'DELETE')
    expect(await backend.delete('key')).toBe(true)
    expect(await backend.head('key')).toBeUndefined()
  })

  it('are reported, each retry with its reason', async () => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    await putText(backend, 'key', '0')
    const told: RetryMessage[] = []
    onTestFinished(subscribe('retry', (message) => told.push(message)))
    failFirst(place, { status: 503 }, 2)
    expect(await backend.head('key')).toBeDefined()
    const event = { directory: 'files', operation: 'head', path: 'key' }
    expect(told).toMatchObject([
      { ...event, attempt: 1 },
      { ...event, attempt: 2 },
    ])
    for (const { code, delayMs } of told) {
      expect(code).not.toBe('')
      expect(delayMs).toBeGreaterThan(0)
    }
  })

  it('in the middle of a large upload are survived', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, largeUploadBytes: 8 * MIB })
    await backend.head('key')
    const content = Buffer.alloc(20 * MIB, 'large')
    let uploads = 0
    place.standIn?.setFaults(({ method }) =>
      method === 'PUT' && ++uploads === 2 ? 'reset' : undefined,
    )
    await backend.put('key', content, () => documentOf('key', content))
    const found = await backend.get('key')
    expect(found === undefined ? false : content.equals(await buffer(found.body))).toBe(true)
  })

  it('that never end are reported with what is known', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, maxRetries: 1 })
    await putText(backend, 'key', '0')
    place.standIn?.setFaults(({ method }) => (isWrite(method) ? 'lost' : undefined))
    // Found in the cloud when it was asked once more.
    await putText(backend, 'key', '1')
    place.standIn?.setFaults(({ method }) => (isWrite(method) ? 'reset' : undefined))
    const unknown = await putText(backend, 'key', '2').catch((error: unknown) => error)
    expect(unknown).toMatchObject({
      code: 'FS-TIMEOUT-001',
      context: { outcome: 'unknown', key: 'key' },
    })
    await place.standIn?.close()
    expect(await codeOf(backend.head('key'))).toBe('FS-UNAVAILABLE-001')
    expect(await codeOf(putText(backend, 'key', '3'))).toBe('FS-UNAVAILABLE-001')
  })

  it.each<Fault>(['reset', 'hang', { status: 500 }])(
    'of what is asked before a change (%j) say that nothing was changed',
    async (fault) => {
      const place = await subject.makePlace()
      const backend = await place.open({ ...HASTE, timeoutSeconds: 1, maxRetries: 0 })
      const { etag } = await putText(await place.open(), 'key', '1')
      await backend.head('other')
      const isQuestion = (method: string): boolean => method === 'GET' || method === 'HEAD'
      place.standIn?.setFaults(({ method }) => (isQuestion(method) ? fault : undefined))
      const changed = putText(backend, 'key', '2', { ifMatch: etag })
      expect(await codeOf(changed)).toBe('FS-UNAVAILABLE-001')
      expect(await codeOf(backend.delete('key'))).toBe('FS-UNAVAILABLE-001')
    },
  )

  it('make it leave the service alone for a while, and then ask again', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, maxRetries: 0 })
    await putText(backend, 'key', '1')
    place.standIn?.setFaults(() => ({ status: 503 }))
    for (let at = 0; at < 5; at++)
      expect(await codeOf(backend.head('key'))).toBe('FS-UNAVAILABLE-001')
    expect(backend.trouble).toMatchObject({ status: 503 })
    const requests = place.standIn?.requests.length
    expect(await codeOf(backend.head('key'))).toBe('FS-UNAVAILABLE-001')
    expect(place.standIn?.requests.length).toBe(requests)
    place.standIn?.setFaults(undefined)
    await sleep(1100)
    expect(await getText(backend, 'key')).toBe('1')
    expect(backend.trouble).toBeUndefined()
  })

  it('of a body are told to its reader', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, timeoutSeconds: 1 })
    const content = Buffer.alloc(MIB, 'x')
    await backend.put('key', content, () => documentOf('key', content))
    const isDownload = (method: string, url: URL): boolean =>
      method === 'GET' && (subject.kind === 's3' || url.searchParams.get('alt') === 'media')
    for (const fault of [{ cut: 1000 }, { stall: 1000 }]) {
      place.standIn?.setFaults(({ method, url }) => (isDownload(method, url) ? fault : undefined))
      const opened = await backend.get('key')
      expect(await codeOf(opened === undefined ? Promise.resolve() : buffer(opened.body))).toBe(
        'FS-UNAVAILABLE-001',
      )
    }
    place.standIn?.setFaults(undefined)
    expect((await getText(backend, 'key'))?.length).toBe(MIB)
  })

  it('to answer at all are timed out', async () => {
    const place = await subject.makePlace()
    const backend = await place.open({ ...HASTE, timeoutSeconds: 1, maxRetries: 0 })
    await putText(backend, 'key', '1')
    place.standIn?.setFaults(() => 'hang')
    expect(await codeOf(backend.head('key'))).toBe('FS-UNAVAILABLE-001')
    expect(await codeOf(backend.get('key'))).toBe('FS-UNAVAILABLE-001')
    expect(await codeOf(backend.list({ prefix: '', limit: 3 }))).toBe('FS-UNAVAILABLE-001')
  })

  it('to have a bucket are told as such, and only createBucket makes one', async () => {
    const place = await subject.makePlace()
    const name = subject.kind === 's3' ? 's3BucketName' : 'gcsBucketName'
    const backend = await place.open({ ...HASTE, [name]: 'missing' })
    expect(await codeOf(putText(backend, 'key', '1'))).toBe('FS-FORMAT-001')
    expect(await codeOf(backend.head('key'))).toBe('FS-FORMAT-001')
    expect(await backend.verifyBucketAccess()).toMatchObject({ ok: false, bucket: 'missing' })
    expect(await backend.createBucket()).toBe(true)
    expect(await backend.createBucket()).toBe(false)
    await putText(backend, 'key', '1')
    expect(await getText(backend, 'key')).toBe('1')
  })

  it('leave out objects that others have put into the bucket', async () => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    await putText(backend, 'own', '1')
    await putForeign(subject.kind, place)
    expect(await keysOf(backend)).toEqual(['own'])
    expect(await codeOf(backend.head('foreign'))).toBe('FS-LOAD-002')
    expect(await codeOf(backend.get('foreign'))).toBe('FS-LOAD-002')
    await putText(backend, 'foreign', 'own now')
    expect(await getText(backend, 'foreign')).toBe('own now')
  })

  it('leave no connection behind when a body is not read', async () => {
    const place = await subject.makePlace()
    const backend = await place.open(HASTE)
    const content = Buffer.alloc(4 * MIB)
    await backend.put('key', content, () => documentOf('key', content))
    // More than a client keeps open at once: undestroyed ones would block the last.
    for (let at = 0; at < 60; at++) (await backend.get('key'))?.body.destroy()
    expect((await getText(backend, 'key'))?.length).toBe(4 * MIB)
  })
})

async function putForeign(kind: 's3' | 'gcs', { standIn }: CloudPlace): Promise<void> {
  const endpoint = standIn?.endpoint ?? ''
  const url =
    kind === 's3'
      ? `${endpoint}/files/foreign`
      : `${endpoint}/upload/storage/v1/b/files/o?uploadType=media&name=foreign`
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=stand-in-key/x' }
  const answer = await fetch(url, {
    method: kind === 's3' ? 'PUT' : 'POST',
    headers,
    body: 'theirs',
  })
  expect(answer.status).toBe(200)
}

describe('an outage', () => {
  const failed = (code: StorageErrorCode, context = {}): StorageError =>
    new StorageError(code, 'It failed', { context })

  it('is a cloud that does not answer, or that cannot be asked for lack of credentials', () => {
    for (const code of ['FS-UNAVAILABLE-001', 'FS-TIMEOUT-001'] as const) {
      expect(isOutage(failed(code))).toBe(true)
      expect(outageOf(failed(code))).toEqual({ code: 'cloud-down', message: 'It failed' })
    }
    const without = failed('FS-PERM-001', { reason: NO_CREDENTIALS })
    expect(isOutage(without)).toBe(true)
    expect(outageOf(without)).toEqual({ code: 'no-credentials', message: 'It failed' })
  })

  it('is not a request that the cloud refuses, or any other failure', () => {
    for (const error of [failed('FS-PERM-001'), failed('FS-CONFLICT-001'), new Error('x'), null])
      expect(isOutage(error)).toBe(false)
  })
})
