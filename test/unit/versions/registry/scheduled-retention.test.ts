import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { subscribe } from '../../../../src/base/channels.js'
import {
  checkSchedule,
  ScheduledRetention,
  type Retained,
} from '../../../../src/versions/registry/scheduled-retention.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { openStore } from '../../../proof/faults/support.js'
import { tempDirectory } from '../../../support/temp.js'
import { memoryRegistry } from './registry-support.js'

const policy = { keepLast: 1 }

/** A schedule that is as fast as a test wants. */
function scheduled(retained: Partial<Retained>): ScheduledRetention {
  const schedule = new ScheduledRetention(
    { policy, everyMs: 5 },
    {
      ids: async () => await Promise.resolve(['a', 'b']),
      apply: async () => await Promise.resolve(),
      storage: {},
      ...retained,
    },
  )
  onTestFinished(async () => await schedule.close())
  return schedule
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

describe('a scheduled retention', () => {
  it('applies the policy to each prompt, again and again, until it is closed', async () => {
    const applied: string[] = []
    const schedule = scheduled({
      apply: async (promptId, given) => {
        expect(given).toEqual(policy)
        applied.push(promptId)
        await Promise.resolve()
      },
    })
    await until(() => applied.length >= 4)
    await schedule.close()
    const { length } = applied
    expect(applied.slice(0, 4)).toEqual(['a', 'b', 'a', 'b'])
    await sleep(30)
    expect(applied).toHaveLength(length)
  })

  it('waits for the prompt under way when it is closed, and leaves the others', async () => {
    const applied: string[] = []
    let begun = false
    const schedule = scheduled({
      apply: async (promptId) => {
        begun = true
        await sleep(20)
        applied.push(promptId)
      },
    })
    await until(() => begun)
    await schedule.close()
    expect(applied).toEqual(['a'])
  })

  it('publishes failures, goes on after a damaged prompt, and tries again after any other', async () => {
    const errors: [string, unknown][] = []
    const stop = subscribe('background-error', ({ stage, error }) => errors.push([stage, error]))
    onTestFinished(stop)
    const damage = new StorageError('FS-LOAD-001', 'damaged')
    const other = new Error('no disk')
    const applied: string[] = []
    const schedule = scheduled({
      ids: async () => await Promise.resolve(['a', 'b', 'c']),
      apply: async (promptId) => {
        applied.push(promptId)
        await Promise.resolve()
        if (promptId === 'a') throw damage
        if (promptId === 'b') throw other
      },
    })
    await until(() => applied.length >= 4)
    await schedule.close()
    expect(applied.slice(0, 4)).toEqual(['a', 'b', 'a', 'b'])
    expect(errors.slice(0, 2)).toEqual([
      ['retention', damage],
      ['retention', other],
    ])
  })

  it('ends with the storage', async () => {
    let asked = 0
    scheduled({
      ids: async () => {
        asked++
        await Promise.resolve()
        throw new StorageError('FS-CLOSED-001', 'closed')
      },
    })
    await until(() => asked > 0)
    await sleep(30)
    expect(asked).toBe(1)
  })

  it.each<[object, RegExp]>([
    [{}, /policy/],
    [{ policy: {} }, /at least one of/],
    [{ policy, everyMs: 10 }, /retention\.everyMs/],
    [{ policy, every: 1 }, /"every"/],
  ])('with %j is refused', (given, message) => {
    expect(() => checkSchedule(given as never)).toThrow(message)
  })

  it('is daily by default', () => {
    expect(checkSchedule({ policy })).toEqual({ policy, everyMs: 86_400_000 })
  })
})

describe('a registry with a schedule', () => {
  it('removes old versions of a store, and never a labelled or the latest one', async () => {
    const storage = await openStore(await tempDirectory())
    const plain = new PromptRegistry({ storage })
    for (const text of ['a', 'b', 'c', 'd']) await plain.publish('p', { text })
    await plain.label('p', 'live', '1.0.1')
    const registry = new PromptRegistry({ storage, retention: { policy, everyMs: 1000 } })
    onTestFinished(async () => await registry.close())
    while ((await storage.listVersionNames('p')).length > 2) await sleep(50)
    expect(await storage.listVersionNames('p')).toEqual(['1.0.1', '1.0.3'])
  })

  it('refuses a wrong one, and closes without any', async () => {
    const { registry, storage } = memoryRegistry()
    await registry.close()
    expect(() => new PromptRegistry({ storage, retention: { policy: {} } })).toThrow(
      /at least one of/,
    )
    await registry.publish('p', { text: 'The storage is still open' })
  })
})
