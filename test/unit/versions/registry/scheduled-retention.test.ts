import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { StorageError } from '../../../../src/base/errors.js'
import { subscribe } from '../../../../src/base/channels.js'
import {
  checkSchedule,
  type CheckedSchedule,
  ScheduledRetention,
  type Retained,
} from '../../../../src/versions/registry/scheduled-retention.js'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { FileLocks } from '../../../../src/locks/file-locks.js'
import { PostgresLocks } from '../../../../src/locks/postgres-locks.js'
import { openStore } from '../../../proof/faults/support.js'
import { POSTGRES_LEFT_OUT, testDatabase, withClient } from '../../../support/postgres.js'
import { tempDirectory } from '../../../support/temp.js'
import { memoryRegistry } from './registry-support.js'

const policy = { keepLast: 1 }

/** A schedule that is as fast as a test wants. */
function scheduled(
  retained: Partial<Retained>,
  changes: Partial<CheckedSchedule> = {},
): ScheduledRetention {
  const schedule = new ScheduledRetention(
    { policy, everyMs: 5, lock: undefined, lockName: 'retention', ...changes },
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

async function terminateOthers(url: string): Promise<void> {
  const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`
  await withClient(url, async (client) => await client.query(text))
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

  it('with a lock works in one of many processes, and in another when that has ended', async () => {
    const directory = await tempDirectory()
    const applied: string[] = []
    const nodes: { readonly schedule: ScheduledRetention; readonly lock: FileLocks }[] = []
    for (const node of ['one', 'two', 'three']) {
      const lock = await FileLocks.open(directory)
      onTestFinished(async () => await lock.close())
      const apply = async (): Promise<void> => await Promise.resolve(void applied.push(node))
      nodes.push({ schedule: scheduled({ apply }, { lock }), lock })
      await until(() => applied.length > 0)
    }
    const [first, ...others] = nodes
    await until(() => applied.length >= 20)
    expect(new Set(applied)).toEqual(new Set(['one']))
    await first?.schedule.close()
    const before = applied.length
    await until(() => applied.length >= before + 20)
    expect(new Set(applied.slice(before)).size).toBe(1)
    // Its lock is closed under it: it ends, and the last one goes on.
    const [leader] = applied.slice(before)
    await others[leader === 'two' ? 0 : 1]?.lock.close()
    const last = leader === 'two' ? 'three' : 'two'
    await until(() => applied.at(-1) === last)
    const after = applied.length
    await until(() => applied.length >= after + 20)
    expect(new Set(applied.slice(after))).toEqual(new Set([last]))
  })

  it.skipIf(POSTGRES_LEFT_OUT !== undefined)(
    'stops between two prompts when it has lost its lock, and reports it',
    async () => {
      const errors: unknown[] = []
      onTestFinished(subscribe('background-error', ({ error }) => errors.push(error)))
      const url = await testDatabase()
      const lock = new PostgresLocks({ url })
      onTestFinished(async () => await lock.close())
      const applied: string[] = []
      const ids = Array.from({ length: 1000 }, (_, at) => `p${at}`)
      const schedule = scheduled(
        {
          ids: async () => await Promise.resolve(ids),
          apply: async (promptId) => {
            if (applied.push(promptId) === 1) await terminateOthers(url)
            await sleep(5)
          },
        },
        { lock },
      )
      await until(() => errors.length > 0)
      const { length } = applied
      await schedule.close()
      expect(length).toBeLessThan(ids.length)
      expect(errors[0]).toMatchObject({ code: 'FS-LOCK-002', context: { lock: 'retention' } })
    },
  )

  it.each<[object, RegExp]>([
    [{}, /policy/],
    [{ policy: {} }, /at least one of/],
    [{ policy, everyMs: 10 }, /retention\.everyMs/],
    [{ policy, every: 1 }, /"every"/],
    [{ policy, lock: 'file' }, /"retention.lock" must be a LockService, got 'file'/],
    [{ policy, lockName: 'a' }, /"retention.lockName" needs "retention.lock"/],
    [{ policy, lock: { acquire: () => undefined }, lockName: '' }, /"retention.lockName"/],
  ])('with %j is refused', (given, message) => {
    expect(() => checkSchedule(given as never)).toThrow(message)
  })

  it('is daily by default', () => {
    expect(checkSchedule({ policy })).toEqual({
      policy,
      everyMs: 86_400_000,
      lock: undefined,
      lockName: 'retention',
    })
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
