import { describe, expect, it } from 'vitest'
import { SummaryMemory } from '../../../../src/versions/file-system/summary-memory.js'

const facts = (version: string, message?: string): { version: string; size: number } => ({
  version,
  size: 1,
  ...(message === undefined ? {} : { message }),
})

describe('the memory for summaries', () => {
  it('keeps what is added, and forgets what is removed', () => {
    const memory = new SummaryMemory()
    memory.keep('p', [facts('1.0.0')], memory.generation)
    memory.keep('p', [facts('1.0.1')], memory.generation)
    expect([...(memory.of('p')?.keys() ?? [])]).toEqual(['1.0.0', '1.0.1'])
    memory.remove('p', '1.0.0')
    memory.remove('p', '9.0.0')
    memory.remove('q', '1.0.0')
    expect([...(memory.of('p')?.keys() ?? [])]).toEqual(['1.0.1'])
    memory.remove('p', '1.0.1')
    expect(memory.of('p')).toBeUndefined()
  })

  it('takes nothing that was read before everything was forgotten', () => {
    const memory = new SummaryMemory()
    const before = memory.generation
    memory.clear()
    memory.keep('p', [facts('1.0.0')], before)
    expect(memory.of('p')).toBeUndefined()
  })

  it('forgets the prompts that were not asked for longest when it is full', () => {
    const memory = new SummaryMemory(1000)
    for (const id of ['a', 'b', 'c']) memory.keep(id, [facts('1.0.0')], memory.generation)
    memory.of('a')
    memory.keep('d', [facts('1.0.0', 'x'.repeat(150))], memory.generation)
    expect(['a', 'b', 'c', 'd'].filter((id) => memory.of(id) !== undefined)).toEqual(['a', 'd'])
    memory.keep('e', [facts('1.0.0', 'x'.repeat(1000))], memory.generation)
    expect(memory.of('e')).toBeUndefined()
  })
})
