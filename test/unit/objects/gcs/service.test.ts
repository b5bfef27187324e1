import { describe, expect, it } from 'vitest'
import { serviceSuite } from '../service-suite.js'
import { serveGcs, signal, writeText } from '../services.js'

describe('a bucket of Google Cloud Storage', () => {
  serviceSuite(serveGcs)

  it('keeps names with line breaks and tabs apart, in the order of their bytes', async () => {
    const { service, standIn } = await serveGcs()
    const names = ['a\t', 'a\t\u0001', 'a\t\u0002', 'a\n', 'a\f', 'a\f\u0002', 'a\r', 'a\r\n', 'a ']
    for (const name of names) await writeText(service, name, name)
    const page = await service.list({ prefix: 'a', after: undefined, limit: 100 })
    const sorted = [...names].sort((left, right) => (left < right ? -1 : 1))
    expect(page.objects.map(({ name }) => name)).toEqual(sorted)
    for (const name of names)
      expect((await service.head(name))?.bytes).toBe(Buffer.byteLength(name))
    expect(standIn.requests.some((request) => /%0A|%0D/i.test(request))).toBe(false)
  })

  it('counts a written name, and refuses the one that Google keeps for itself', async () => {
    const { service } = await serveGcs()
    expect(() => service.checkName('\n'.repeat(512))).not.toThrow()
    expect(() => service.checkName('\n'.repeat(513))).toThrow(RangeError)
    expect(() => service.checkName('.well-known/acme-challenge/x')).toThrow(TypeError)
  })

  it('reads metadata and bytes of one generation: it begins again when the object is replaced', async () => {
    const { service, standIn } = await serveGcs()
    await writeText(service, 'k', 'text')
    let missed = 0
    standIn.setFaults(({ method, url }) =>
      method === 'GET' && url.searchParams.get('alt') === 'media' && missed++ === 0
        ? { status: 404 }
        : undefined,
    )
    const found = await service.read('k', undefined, signal())
    expect(found).toMatchObject({ object: { bytes: 4 } })
    if (typeof found === 'object') found.body.destroy()
    expect(missed).toBe(2)
  })

  it('stops to begin again at the deadline', async () => {
    const { service, standIn } = await serveGcs()
    await writeText(service, 'k', 'text')
    standIn.setFaults(({ url }) =>
      url.searchParams.get('alt') === 'media' ? { status: 404 } : undefined,
    )
    await expect(service.read('k', undefined, AbortSignal.abort())).rejects.toMatchObject({
      kind: 'rejected',
      status: 404,
    })
  })

  it('needs no credentials for another endpoint', async () => {
    const { service, standIn } = await serveGcs()
    await service.prepare()
    expect(standIn.requests).toEqual([])
  })
})
