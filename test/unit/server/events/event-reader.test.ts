import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ChangeLog } from '../../../../src/server/events/change-log.js'
import { EventReader } from '../../../../src/server/events/event-reader.js'
import { sampleVersion } from '../../../../src/versions/conformance/subject.js'
import { MemoryStorage } from '../../../../src/versions/memory-storage.js'

describe('a reader of events', () => {
  it('is dropped when it does not keep up, without harm to the log', async () => {
    const storage = new MemoryStorage()
    const log = new ChangeLog(storage, 10)
    const responses: ServerResponse[] = []
    const server = createServer((_request, response) => {
      response.writeHead(200)
      responses.push(response)
      const rules = { log, heartbeatMs: 60_000, promptId: undefined, lastEventId: undefined }
      const reader = new EventReader(response, { ...rules, waitingBytesMax: 64 * 1024 })
      expect(reader).toBeDefined()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    onTestFinished(async () => {
      socket.destroy()
      server.close()
      await log.close()
    })
    socket.on('error', () => undefined)
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await expect.poll(() => responses.length).toBe(1)
    const id = 'p'.repeat(1000)
    let saved = 0
    while (responses[0]?.destroyed !== true && saved < 30_000)
      await storage.saveVersion(sampleVersion(id, `1.0.${saved++}`))
    expect(responses[0]?.destroyed).toBe(true)
    await log.catchUp({ fresh: true })
    expect(log.position).toMatch(new RegExp(`-${saved}$`))
  })
})
