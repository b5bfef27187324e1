import { describe, expect, it } from 'vitest'
import { ACTOR_PART_CHARACTERS_MAX, actorOf } from '../../../src/mcp/actor.js'

describe('the actor of a client', () => {
  it('is its name and version', () => {
    expect(actorOf({ name: 'claude-ai', version: '0.1.0' })).toEqual({
      author: 'mcp:claude-ai/0.1.0',
      mcp: { client_name: 'claude-ai', client_version: '0.1.0' },
    })
  })

  it.each([
    [undefined, 'mcp:unknown/0'],
    [{ name: '', version: '\n' }, 'mcp:unknown/0'],
    [{ name: 'ada\n2026 admin', version: '1\u001b[31m' }, 'mcp:ada-2026-admin/1-[31m'],
    [{ name: 'a\u202eb', version: 'ä' }, 'mcp:a-b/-'],
    [{ name: 7, version: null } as never, 'mcp:unknown/0'],
  ])('has nothing in it that changes how a history looks: %j', (client, author) => {
    expect(actorOf(client).author).toBe(author)
  })

  it('is short', () => {
    const { author } = actorOf({ name: 'n'.repeat(1e6), version: 'v'.repeat(1e6) })
    expect(author).toHaveLength('mcp:/'.length + 2 * ACTOR_PART_CHARACTERS_MAX)
  })
})
