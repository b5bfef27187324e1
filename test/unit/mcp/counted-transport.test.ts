import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { describe, expect, it } from 'vitest'
import { CountedTransport } from '../../../src/mcp/counted-transport.js'

async function pair(): Promise<{
  readonly counted: CountedTransport
  readonly client: InMemoryTransport
}> {
  const [client, server] = InMemoryTransport.createLinkedPair()
  const counted = new CountedTransport(server)
  await Promise.all([client.start(), counted.start()])
  return { counted, client }
}

const request = (id: number) => ({ jsonrpc: '2.0' as const, id, method: 'ping' })

describe('a transport that counts', () => {
  it('waits until each request is answered', async () => {
    const { counted, client } = await pair()
    const received: unknown[] = []
    counted.onmessage = (message) => void received.push(message)
    for (const id of [1, 2]) await client.send(request(id))
    let isAnswered = false
    const answered = counted.answered().then(() => {
      isAnswered = true
    })
    await counted.send({ jsonrpc: '2.0', id: 1, result: {} })
    expect([received.length, isAnswered]).toEqual([2, false])
    await counted.send({ jsonrpc: '2.0', id: 2, error: { code: -1, message: 'no' } })
    await answered
    expect(isAnswered).toBe(true)
  })

  it('waits for none that was cancelled, and none where there is none', async () => {
    const { counted, client } = await pair()
    await counted.answered()
    await client.send(request(1))
    const answered = counted.answered()
    await client.send({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    })
    await expect(answered).resolves.toBeUndefined()
  })

  it('passes on the end and the errors of the inner one', async () => {
    const { counted, client } = await pair()
    const closed = new Promise<void>((resolve) => {
      counted.onclose = resolve
    })
    await client.close()
    await expect(closed).resolves.toBeUndefined()
  })
})
