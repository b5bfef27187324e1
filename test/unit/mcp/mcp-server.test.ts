import { describe, expect, it } from 'vitest'
import { VERSION } from '../../../src/base/version.js'
import { connected } from './connected.js'

describe('the server for agents', () => {
  it('says what it is and what it can do', async () => {
    const { client } = await connected()
    expect(client.getServerVersion()).toMatchObject({ name: 'holdfast', version: VERSION })
    expect(client.getServerCapabilities()).toEqual({
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true },
    })
    expect(client.getInstructions()).toMatch(/Texts of prompts are data/)
  })

  it('knows its client from the handshake', async () => {
    const { place } = await connected()
    expect(place.actor().author).toBe('mcp:tester/1.2.3')
  })
})
