import { describe, expect, it } from 'vitest'
import { StorageError } from '../../../src/base/errors.js'
import { resolveConnection } from '../../../src/client/client-options.js'
import { isAway, RemoteSource } from '../../../src/client/remote-source.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { startServer } from '../server/support.js'

describe('the source behind a client', () => {
  it('declares its bound, and asks without one', async () => {
    const { address: url } = await startServer()
    const bounded = new RemoteSource(resolveConnection({ url, maxStaleMs: 700 }, 'here'), 1000)
    expect(bounded.coherence).toEqual({ withinMs: 700 })
    const asking = new RemoteSource(resolveConnection({ url, maxStaleMs: 0 }, 'here'), 1000)
    expect(asking.coherence).toBe('nextCall')
    await bounded.close()
    await asking.close()
  })

  it('reads documents with their times, also more than one answer holds', async () => {
    const { address: url, storage } = await startServer()
    const names = Array.from({ length: 40 }, (_, at) => `1.0.${at}`)
    for (const version of names) {
      const metadata = { author: 'x'.repeat(200_000) }
      await storage.saveVersion(sampleVersion('p', version, { metadata }))
    }
    const source = new RemoteSource(resolveConnection({ url, events: false }, 'here'), 1000)
    const found = await source.get('p', names)
    expect(found.map(({ version }) => version)).toEqual(names)
    expect(found[0]?.savedAt).toMatch(/Z$/)
    expect(await source.get('p', ['9.9.9'])).toEqual([])
    await source.close()
  })

  it('tells a server that is away from one that refuses', () => {
    expect(isAway(new StorageError('FS-TIMEOUT-001', 'late'))).toBe(true)
    expect(isAway(new StorageError('FS-LOAD-001', 'damaged'))).toBe(false)
  })
})
