import { describe, expect, it } from 'vitest'
import {
  TaskScheduler,
  type ScheduledTask,
} from '../../../../src/optimizer/execution/task-scheduler.js'
import { checkTestPlan } from '../../../../src/optimizer/models/test-plan.js'

const policy = (execution: object) =>
  checkTestPlan({ workflows: [], execution: { backoff_seconds: 0, ...execution } }).execution

type Outcome = 'ok' | 'bad' | 'skipped' | 'interrupted'

/** Tasks that end at once, or when they are interrupted. */
function tasks(...kinds: readonly ('ok' | 'bad' | 'hangs')[]): ScheduledTask<Outcome>[] {
  return kinds.map((kind) => ({
    run: async (signal) => {
      if (kind !== 'hangs') return kind
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      return 'interrupted'
    },
  }))
}

const OPTIONS = {
  isFailure: (outcome: Outcome) => outcome !== 'ok',
  skipped: () => 'skipped' as Outcome,
}

describe('a schedule', () => {
  it('has a result for each task, in their order', async () => {
    const scheduler = new TaskScheduler(policy({ batch_size: 2, concurrency: 2 }))
    const seen: Outcome[] = []
    const onResult = (outcome: Outcome) => void seen.push(outcome)
    const { results, stopped_by: by } = await scheduler.run(tasks('ok', 'bad', 'ok'), {
      ...OPTIONS,
      onResult,
    })
    expect([results, by]).toEqual([['ok', 'bad', 'ok'], undefined])
    expect(seen.sort()).toEqual(['bad', 'ok', 'ok'])
  })

  it('has at most as many of a batch under way as the policy allows', async () => {
    let running = 0
    let most = 0
    const busy = Array.from({ length: 9 }, () => ({
      run: async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return 'ok' as Outcome
      },
    }))
    await new TaskScheduler(policy({ batch_size: 9, concurrency: 3 })).run(busy, OPTIONS)
    expect(most).toBe(3)
  })

  it('ends after that many failures', async () => {
    const stop_conditions = { max_failures: 2 }
    const scheduler = new TaskScheduler(policy({ stop_conditions }))
    const { results, stopped_by: by } = await scheduler.run(
      tasks('bad', 'ok', 'bad', 'ok'),
      OPTIONS,
    )
    expect([results, by]).toEqual([['bad', 'ok', 'bad', 'skipped'], 'max_failures'])
  })

  it('ends when too few of a batch succeeded', async () => {
    const scheduler = new TaskScheduler(
      policy({ batch_size: 2, stop_conditions: { min_success_rate: 0.6 } }),
    )
    const { results, stopped_by: by } = await scheduler.run(tasks('ok', 'bad', 'ok', 'ok'), OPTIONS)
    expect([results, by]).toEqual([['ok', 'bad', 'skipped', 'skipped'], 'min_success_rate'])
  })

  it('ends when its time is over, and interrupts what is under way', async () => {
    const scheduler = new TaskScheduler(policy({ stop_conditions: { timeout: 0.05 } }))
    const { results, stopped_by: by } = await scheduler.run(tasks('ok', 'hangs', 'ok'), OPTIONS)
    expect([results, by]).toEqual([['ok', 'interrupted', 'skipped'], 'timeout'])
  })

  it('ends when the caller ends it, even in a pause or before it begins', async () => {
    const controller = new AbortController()
    const paused = new TaskScheduler(policy({ batch_size: 1, backoff_seconds: 60 }))
    const onResult = () => controller.abort()
    const options = { ...OPTIONS, signal: controller.signal }
    expect(await paused.run(tasks('ok', 'ok'), { ...options, onResult })).toEqual({
      results: ['ok', 'skipped'],
      stopped_by: 'caller',
    })
    const after = await new TaskScheduler(policy({})).run(tasks('ok'), options)
    expect(after).toEqual({ results: ['skipped'], stopped_by: 'caller' })
  })

  it('pauses between batches, and keeps to the stricter of two rates, whatever the size of a batch', async () => {
    const waits: number[] = []
    const clock = { nowMs: () => 0, wait: (ms: number) => Promise.resolve(void waits.push(ms)) }
    const rate_control = { per_minute: 600, burst: 1 }
    const given = policy({ batch_size: 3, backoff_seconds: 7, rate_control })
    const scheduler = new TaskScheduler(given, { per_minute: 60, burst: 2 }, clock)
    await scheduler.run(tasks('ok', 'ok', 'ok', 'ok'), OPTIONS)
    expect(waits).toEqual([1000, 2000, 7000, 3000])
  })

  it('fails with what a task throws', async () => {
    const failing = [{ run: () => Promise.reject(new Error('a defect')) }]
    const run = new TaskScheduler(policy({})).run(failing, OPTIONS as never)
    await expect(run).rejects.toThrow('a defect')
  })
})
