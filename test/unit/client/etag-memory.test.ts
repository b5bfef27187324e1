import { describe, expect, it } from 'vitest'
import { EtagMemory } from '../../../src/client/etag-memory.js'

const tagged = (version: string, text: string) => ({
  etag: `"${version}"`,
  document: { version, text, saved_at: null },
})

describe('the memory of texts by their ETags', () => {
  it('returns what was kept for the same prompt and version', () => {
    const memory = new EtagMemory(1000)
    memory.keep('p', tagged('1.0.0', 'one'))
    expect(memory.get('p', '1.0.0')?.etag).toBe('"1.0.0"')
    expect(memory.get('q', '1.0.0')).toBeUndefined()
  })

  it('forgets the texts used longest ago when there are too many bytes', () => {
    const memory = new EtagMemory(250)
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      memory.keep('p', tagged(version, 'x'.repeat(100)))
    expect(memory.get('p', '1.0.0')).toBeUndefined()
    expect(memory.get('p', '1.0.2')?.document.text).toHaveLength(100)
  })
})
