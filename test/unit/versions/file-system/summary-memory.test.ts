import { describe, expect, it } from 'vitest'
import { type Origin, SummaryMemory } from '../../../../src/versions/file-system/summary-memory.js'

const facts = (version: string, message?: string): { version: string; size: number } => ({
  version,
  size: 1,
  ...(message === undefined ? {} : { message }),
})

const origin = (memory: SummaryMemory, stamp?: string): Origin => ({
  generation: memory.generation,
  stamp,
  isSaved: false,
})

describe('the memory for summaries', () => {
  it('has those for the file that were read after one state of their directory, still the same', () => {
    const memory = new SummaryMemory()
    for (const id of ['whole', 'added', 'removed', 'mixed', 'saved'])
      memory.keep(id, [facts('1.0.0'), facts('1.0.1')], origin(memory, 's'))
    memory.keep('unknown', [facts('1.0.0')], origin(memory))
    memory.keep('whole', [facts('1.0.2')], origin(memory, 's'))
    memory.keep('mixed', [facts('1.0.2')], origin(memory, 't'))
    memory.added('added')
    memory.remove('removed', '1.0.0')
    memory.setSaved(['saved'], true)
    expect(memory.unsaved().map(([id, { facts: all }]) => [id, all.length])).toEqual([['whole', 3]])
    expect([memory.stampOf('whole'), memory.stampOf('mixed')]).toEqual(['s', undefined])
    memory.setSaved(memory.promptIds(), false)
    expect(memory.unsaved().map(([id]) => id)).toEqual(['whole', 'saved'])
  })

  it('keeps what is added, and forgets what is removed', () => {
    const memory = new SummaryMemory()
    memory.keep('p', [facts('1.0.0')], origin(memory))
    memory.keep('p', [facts('1.0.1')], origin(memory))
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
    const before = origin(memory)
    memory.clear()
    memory.keep('p', [facts('1.0.0')], before)
    expect(memory.of('p')).toBeUndefined()
  })

  it('forgets the prompts that were not asked for longest when it is full', () => {
    const memory = new SummaryMemory(1000)
    for (const id of ['a', 'b', 'c']) memory.keep(id, [facts('1.0.0')], origin(memory))
    memory.of('a')
    memory.keep('d', [facts('1.0.0', 'x'.repeat(150))], origin(memory))
    expect(['a', 'b', 'c', 'd'].filter((id) => memory.of(id) !== undefined)).toEqual(['a', 'd'])
    memory.keep('e', [facts('1.0.0', 'x'.repeat(1000))], origin(memory))
    expect(memory.of('e')).toBeUndefined()
  })
})
