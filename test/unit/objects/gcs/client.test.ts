import { describe, expect, it } from 'vitest'
import { loadGcs, type GcsOptions } from '../../../../src/objects/gcs/client.js'

const OPTIONS: GcsOptions = {
  bucket: 'files',
  projectId: 'test',
  apiEndpoint: 'http://127.0.0.1:1',
  timeoutMs: 1234,
  retries: 7,
  largeBytes: 1024,
}

describe('the clients of Google Cloud Storage', () => {
  it('do not retry, since the policy does; but for the chunks of a large upload', async () => {
    const { asking, streaming, resuming } = await loadGcs(OPTIONS)
    for (const { storage } of [asking, streaming])
      expect(storage.retryOptions.autoRetry).toBe(false)
    expect(resuming.storage.retryOptions).toMatchObject({ autoRetry: true, maxRetries: 7 })
    // The client treats 0 as its default of 3.
    const never = await loadGcs({ ...OPTIONS, retries: 0 })
    expect(never.resuming.storage.retryOptions.autoRetry).toBe(false)
  })

  it('have a deadline for questions, and none for bodies, however long they take', async () => {
    const { storage, asking, streaming, resuming } = await loadGcs(OPTIONS)
    expect(asking.storage).toBe(storage)
    expect(asking.storage.timeout).toBe(1234)
    expect([streaming.storage.timeout, resuming.storage.timeout]).toEqual([undefined, undefined])
  })

  it('all speak to the bucket and the endpoint that are named', async () => {
    const { asking, streaming, resuming } = await loadGcs(OPTIONS)
    for (const bucket of [asking, streaming, resuming]) {
      expect(bucket.name).toBe('files')
      expect(bucket.storage.apiEndpoint).toBe('http://127.0.0.1:1')
      expect(bucket.storage.projectId).toBe('test')
    }
    const { apiEndpoint: _, ...google } = OPTIONS
    expect((await loadGcs(google)).storage.apiEndpoint).toBe('https://storage.googleapis.com')
  })
})
