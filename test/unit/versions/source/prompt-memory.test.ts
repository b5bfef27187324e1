import { describe, expect, it } from 'vitest'
import { NO_HEAD } from '../../../../src/versions/prompt-heads.js'
import { PromptMemory } from '../../../../src/versions/source/prompt-memory.js'

describe('the memory of prompts', () => {
  it('keeps numbers and head of a prompt until a change of it is reported', () => {
    const memory = new PromptMemory(10)
    memory.keepNames('p', ['1.0.0'], memory.epoch)
    memory.keepHead('p', undefined, memory.epoch)
    expect(memory.names('p')).toEqual(['1.0.0'])
    expect(memory.head('p')).toEqual({ head: undefined })
    memory.forget('p')
    expect(memory.names('p')).toBeUndefined()
    expect(memory.head('p')).toBeUndefined()
  })

  it('does not keep what was read before a change', () => {
    const memory = new PromptMemory(10)
    const { epoch } = memory
    memory.forget('q')
    memory.keepNames('p', ['1.0.0'], epoch)
    memory.keepHead('p', NO_HEAD, epoch)
    expect(memory.names('p')).toBeUndefined()
    expect(memory.head('p')).toBeUndefined()
  })

  it('forgets all prompts at once, and the one that was used longest ago when it is full', () => {
    const memory = new PromptMemory(2)
    for (const promptId of ['p', 'q', 'r']) memory.keepNames(promptId, [], memory.epoch)
    expect(memory.names('p')).toBeUndefined()
    expect(memory.names('q')).toEqual([])
    memory.clear()
    expect(memory.names('q')).toBeUndefined()
  })
})
