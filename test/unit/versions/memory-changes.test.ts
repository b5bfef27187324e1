import { describe, expect, it } from 'vitest'
import { CommitClock } from '../../../src/versions/commit-clock.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryChanges } from '../../../src/versions/memory-changes.js'
import { MemoryState } from '../../../src/versions/memory-state.js'
import { planChanges } from '../../../src/versions/prompt-change.js'
import {
  promptVersionSchema,
  type PromptVersion,
} from '../../../src/versions/prompts/prompt-version.js'

const NOW = new Date('2025-06-01T00:00:00.000Z')
const RULES = { schema: promptVersionSchema, allowPrerelease: false }

describe('changes of prompts in memory', () => {
  it('have one time for all that they save', async () => {
    const state = new MemoryState<PromptVersion>(() => NOW)
    const changes = new MemoryChanges(state, new CommitClock(() => NOW), RULES)
    const save = ['1.0.0', '1.0.1'].map((version) => sampleVersion('p', version))
    const result = await changes.run(['p'], (views) => ({
      plans: planChanges(views, { changes: [{ promptId: 'p', save }], result: 0 }),
      result: 'done',
    }))
    expect(result).toBe('done')
    expect([...state.commitTimesOf('p').values()]).toEqual([NOW.toISOString(), NOW.toISOString()])
  })

  it('are planned again if a version was saved while the schema was at work', async () => {
    const state = new MemoryState<PromptVersion>(() => NOW)
    const changes = new MemoryChanges(state, new CommitClock(() => NOW), RULES)
    let planned = 0
    await changes.run(['p'], (views) => {
      const isFirst = planned++ === 0
      if (isFirst) queueMicrotask(() => state.keep(sampleVersion('p', '1.0.0'), undefined))
      const save = isFirst ? [sampleVersion('p', '1.0.0')] : []
      return {
        plans: planChanges(views, { changes: [{ promptId: 'p', save }], result: 0 }),
        result: 0,
      }
    })
    expect(planned).toBe(2)
  })
})
