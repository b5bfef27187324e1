import { describe, expect, it } from 'vitest'
import { checkClientPrompt, readable } from '../../../src/mcp/place.js'
import { connected } from './connected.js'

describe('the ids that a client may name', () => {
  it('are those of prompts', () => {
    expect(() => checkClientPrompt('team/greeting')).not.toThrow()
    for (const id of ['', 'a\0b', 'holdfast:ledger:x'])
      expect(() => checkClientPrompt(id), id).toThrow(/"prompt_id" must be/)
  })

  it('are read from the storage itself', async () => {
    const { place, storage } = await connected()
    expect(readable(place)).toBe(storage)
  })
})
