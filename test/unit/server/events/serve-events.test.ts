import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { startServer } from '../support.js'

/** The events of a stream until one of a kind, as text. */
async function readUntil(url: string, end: RegExp, headers = {}): Promise<string> {
  const ending = new AbortController()
  const { body } = await fetch(url, { headers, signal: ending.signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!end.test(text)) text += (await reader?.read())?.value ?? ''
  ending.abort()
  return text
}

describe('GET /api/v1/events', () => {
  it('greets, and is current at once', async () => {
    const { address } = await startServer()
    const text = await readUntil(`${address}/api/v1/events`, /event: heartbeat/)
    expect(text).toMatch(/^event: hello\nid: [0-9a-f]+-0\ndata: \{"position":.*"resumed":false/)
  })

  it('continues after the last event id, and says where it cannot', async () => {
    const { address, storage } = await startServer()
    const url = `${address}/api/v1/events`
    const hello = await readUntil(url, /event: heartbeat/)
    const id = /id: (\S+)/.exec(hello)?.[1] ?? ''
    await storage.saveVersion(sampleVersion('p', '1.0.0'))
    const resumed = await readUntil(url, /event: heartbeat/, { 'last-event-id': id })
    expect(resumed).toMatch(/"resumed":true[\s\S]*event: save[\s\S]*"version":"1\.0\.0"/)
    const lost = await readUntil(url, /event: heartbeat/, { 'last-event-id': 'other-7' })
    expect(lost).toMatch(/"resumed":false[\s\S]*event: reset/)
  })

  it('keeps to one prompt where that is asked for', async () => {
    const { address, storage } = await startServer()
    const url = `${address}/api/v1/events?prompt_id=q&heartbeat_ms=60000`
    const text = readUntil(url, /event: save/)
    const saves = async (): Promise<void> => {
      for (const id of ['p', 'q']) await storage.saveVersion(sampleVersion(id, '1.0.0'))
    }
    await expect
      .poll(async () => await fetch(`${address}/livez`).then(({ status }) => status))
      .toBe(200)
    await saves()
    expect(await text).not.toContain('"prompt_id":"p"')
  })

  it('refuses more streams than there may be, and wrong queries', async () => {
    const { address, ask } = await startServer({ options: { eventStreamsMax: 1 } })
    const open = await fetch(`${address}/api/v1/events`)
    expect((await ask('/api/v1/events')).status).toBe(503)
    expect((await ask('/api/v1/events?heartbeat_ms=1')).status).toBe(400)
    await open.body?.cancel()
  })
})
