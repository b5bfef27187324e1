import { describe, expect, it, onTestFinished } from 'vitest'
import { monotonicMs } from '../../../src/base/clock.js'
import { ChangeStream, type StreamListener } from '../../../src/client/change-stream.js'
import { Http } from '../../../src/client/http.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { SourceEvent } from '../../../src/versions/source/document-source.js'
import { startServer } from '../server/support.js'

function streamOf(url: string, heartbeatMs = 100) {
  const seen: SourceEvent[] = []
  const interruptions: string[] = []
  let currentMs = -Infinity
  const listener: StreamListener = {
    changed: (events) => void seen.push(...events),
    interrupted: () => void interruptions.push('interrupted'),
    currentAt: (ms) => {
      currentMs = ms
    },
  }
  const retry = { attempts: 1, delayMs: 1, maxDelayMs: 1 }
  const http = new Http({ url, headers: {}, timeoutMs: 2000, retry, fetch: globalThis.fetch })
  const stream = new ChangeStream(http, { heartbeatMs, timeoutMs: 2000 }, listener)
  onTestFinished(() => stream.close())
  return { stream, seen, interruptions, current: () => currentMs }
}

describe('the stream of changes', () => {
  it('reports what is committed, and how old that is at most', async () => {
    const { address, storage } = await startServer()
    const { stream, seen, current } = streamOf(address)
    stream.hold()
    await stream.catchUp()
    expect(stream.isLive).toBe(true)
    const before = monotonicMs()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await expect.poll(() => seen).toEqual([{ kind: 'save', promptId: 'p', version: '1.0.0' }])
    await expect.poll(current).toBeGreaterThan(before)
    expect(current()).toBeLessThanOrEqual(monotonicMs())
  })

  it('catches up at once, however rare its heartbeats are', async () => {
    const { address, storage } = await startServer()
    const { stream, seen, interruptions } = streamOf(address, 60_000)
    stream.hold()
    await stream.begun()
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await stream.catchUp()
    expect(seen).toEqual([{ kind: 'save', promptId: 'p', version: '1.0.0' }])
    expect(interruptions).toEqual(['interrupted'])
    expect(stream.isLive).toBe(true)
  })

  it('asks once where it is not held, and continues where it was', async () => {
    const { address, storage } = await startServer()
    const { stream, seen, interruptions } = streamOf(address)
    await stream.catchUp()
    await expect.poll(() => stream.isLive).toBe(false)
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    await stream.catchUp()
    expect(seen).toEqual([{ kind: 'save', promptId: 'p', version: '1.0.0' }])
    // Only the first connection did not know what had been before.
    expect(interruptions).toEqual(['interrupted'])
  })

  it('refuses those who wait when there is no server, or it is closed', async () => {
    const { stream } = streamOf('http://127.0.0.1:9')
    await expect(stream.catchUp()).rejects.toThrow(/Cannot reach/)
    const waiting = stream.catchUp()
    stream.close()
    await expect(waiting).rejects.toThrow(/closed/)
  })
})
