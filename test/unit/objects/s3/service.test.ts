import { describe, expect, it } from 'vitest'
import { serviceSuite } from '../service-suite.js'
import { serveS3, signal, writeText } from '../services.js'

describe('a bucket of S3', () => {
  serviceSuite(async (bucket = 'files') => await serveS3({ bucket }))

  it('asks once for the bucket and for the dialect of the service, and again after a failure', async () => {
    const { service, standIn } = await serveS3()
    standIn.setFaults(() => ({ status: 503 }))
    await expect(service.prepare()).rejects.toMatchObject({ kind: 'unknown' })
    standIn.setFaults(undefined)
    await service.prepare()
    const asked = standIn.requests.length
    await service.prepare()
    expect(await service.removesOnCondition()).toBe(true)
    expect(standIn.requests).toHaveLength(asked)
    // The object of the probe is gone.
    const { objects } = await service.list({ prefix: '', after: undefined, limit: 10 }, signal())
    expect(objects).toEqual([])
  })

  it('omits from a page an object that is removed while it is listed, and goes on after it', async () => {
    const { service, standIn } = await serveS3()
    for (const name of ['a', 'b', 'c']) await writeText(service, name, name)
    standIn.setFaults(({ method, url }) =>
      method === 'HEAD' && url.pathname.endsWith('/b') ? { status: 404 } : undefined,
    )
    const page = await service.list({ prefix: '', after: undefined, limit: 2 }, signal())
    expect(page.objects.map(({ name }) => name)).toEqual(['a'])
    expect(page).toMatchObject({ last: 'b', more: true })
  })

  it('needs no permission to ask for the bucket, only for its objects', async () => {
    const { service, standIn } = await serveS3()
    standIn.setFaults(({ method, url }) =>
      method === 'HEAD' && /^\/files\/?$/.test(url.pathname) ? { status: 403 } : undefined,
    )
    expect(await service.head('k', signal())).toBeUndefined()
  })

  it('shows nothing of credentials that are wrong', async () => {
    const { service } = await serveS3({ accessKeyId: 'unknown-id' })
    const failure: unknown = await service.head('k', signal()).catch((error: unknown) => error)
    expect(failure).toMatchObject({ kind: 'denied' })
    expect(JSON.stringify(failure)).not.toMatch(/unknown-id|secret/)
    await expect(service.findCredentials()).resolves.toBeUndefined()
  })
})
