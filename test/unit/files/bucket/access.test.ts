import { describe, expect, it } from 'vitest'
import { inspectAccess, type AccessReport } from '../../../../src/files/bucket/access.js'
import { quickPolicy, serveGcs, serveS3, signal, type Served } from '../../objects/services.js'

const inspect = async ({ service }: Served): Promise<AccessReport> =>
  await inspectAccess(service, quickPolicy(0), 'prefix/')

describe.each<[string, (bucket: string) => Promise<Served>]>([
  ['S3', async (bucket) => await serveS3({ bucket })],
  ['Google Cloud Storage', serveGcs],
])('the check of access to a bucket of %s', (_, serve) => {
  it('tries all that files need, on an object of its own that it removes', async () => {
    const served = await serve('files')
    expect(await inspect(served)).toEqual({
      bucket: 'files',
      ok: true,
      steps: { credentials: 'ok', list: 'ok', write: 'ok', read: 'ok', delete: 'ok' },
    })
    const { objects } = await served.service.list(
      { prefix: '', after: undefined, limit: 9 },
      signal(),
    )
    expect(objects).toEqual([])
    const probed = served.standIn.requests.map((request) => decodeURIComponent(request))
    expect(probed.some((request) => request.includes('prefix/.holdfast-probe-'))).toBe(true)
  })

  it('stops at the first step that fails, and says why', async () => {
    const missing = await inspect(await serve('missing'))
    expect(missing).toMatchObject({
      ok: false,
      steps: {
        credentials: 'ok',
        list: { code: 'FS-FORMAT-001', message: expect.stringContaining('"list"') },
        write: 'not-tried',
        read: 'not-tried',
        delete: 'not-tried',
      },
    })
    const served = await serve('files')
    await served.service.prepare()
    served.standIn.setFaults(({ method }) =>
      method === 'PUT' || method === 'POST' ? { status: 403 } : undefined,
    )
    expect((await inspect(served)).steps).toMatchObject({
      list: 'ok',
      write: { code: 'FS-PERM-001' },
      read: 'not-tried',
    })
  })
})
