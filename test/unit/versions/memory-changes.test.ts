import { describe, expect, it } from 'vitest'
import { CommitClock } from '../../../src/versions/commit-clock.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import { MemoryChanges } from '../../../src/versions/memory-changes.js'
import { MemoryState } from '../../../src/versions/memory-state.js'
import { NO_HEAD } from '../../../src/versions/prompt-heads.js'
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
  it('end with a code when each plan is out of date at its commit', async () => {
    const state = new MemoryState<PromptVersion>(() => NOW)
    const changes = new MemoryChanges(state, new CommitClock(() => NOW), RULES, 0)
    let planned = 0
    const losing = changes.run(['p'], (views) => {
      const version = `1.0.${planned++}`
      queueMicrotask(() => state.keep(sampleVersion('p', version), undefined))
      const save = [sampleVersion('p', version)]
      const plans = planChanges(views, {
        changes: [{ promptId: 'p', save, head: NO_HEAD }],
        result: 0,
      })
      return { plans, result: 0 }
    })
    await expect(losing).rejects.toMatchObject({
      code: 'FS-LOCK-001',
      context: { reason: 'contention', outcome: 'none', prompt_id: 'p' },
    })
    expect([planned, state.head('p')]).toEqual([10, undefined])
  })
})
