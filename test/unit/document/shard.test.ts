import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isShardName,
  SHARD_DEPTH_MAX,
  SHARD_DEPTH_MIN,
  shardOf,
} from '../../../src/document/shard.js'
import { seeded } from '../../support/random.js'

describe('the shard of a prompt', () => {
  it('is the start of the SHA-256 of its id', () => {
    // From `printf %s prompt_001 | sha256sum`, and so on.
    expect(['prompt_001', 'prompt_002', 'prompt_003'].map((id) => shardOf(id, 2))).toEqual([
      '98',
      '74',
      'e6',
    ])
    expect(shardOf('prompt_001', 4)).toMatch(/^98[0-9a-f]{2}$/)
  })

  it('is the same every time, and begins with the shard of each smaller depth', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        for (let depth = SHARD_DEPTH_MIN; depth <= SHARD_DEPTH_MAX; depth++) {
          const shard = shardOf(id, depth)
          expect(shardOf(id, depth)).toBe(shard)
          expect(isShardName(shard, depth)).toBe(true)
          expect(shardOf(id, SHARD_DEPTH_MAX).startsWith(shard)).toBe(true)
        }
      }),
      seeded(200),
    )
  })

  it('spreads prompts evenly', () => {
    const counts = new Map<string, number>()
    for (let at = 0; at < 16_000; at++) {
      const shard = shardOf(`prompt_${at}`, 1)
      counts.set(shard, (counts.get(shard) ?? 0) + 1)
    }
    expect(counts.size).toBe(16)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
  })

  it('has a name of exactly its depth in lower-case hex', () => {
    expect(['0f', '00', 'ff'].every((name) => isShardName(name, 2))).toBe(true)
    expect(['', 'f', '0F', 'fff', 'gg', '.f'].some((name) => isShardName(name, 2))).toBe(false)
  })
})
