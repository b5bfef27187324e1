import { isDamage, isStorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { clearTimeout, setTimeout } from '../../base/clock.js'
import { wrongArgument } from '../../base/misuse.js'
import { integerOption, rejectUnknown, shown } from '../../base/options.js'
import { checkName, type Lease, type LockService } from '../../locks/lock-service.js'
import { checkPolicy, type RetentionPolicy } from './retention-policy.js'

/** A policy that a registry applies by itself. */
export interface RetentionSchedule {
  readonly policy: RetentionPolicy
  /** How often, in ms; a day by default, from a second to 24 days. The first time is after a minute, or after this. */
  readonly everyMs?: number
  /**
   * Lets one process of many apply the policy: the one that has this lock, for as long as it runs. The others look each
   * minute (or `everyMs`) whether it has ended. Without it every process does the same work; the result is the same.
   */
  readonly lock?: LockService
  /** The name of that lock, by default `retention`: stores that share a lock service need a name each. */
  readonly lockName?: string
}

/** Every default is filled in. */
export interface CheckedSchedule {
  readonly policy: RetentionPolicy
  readonly everyMs: number
  readonly lock: LockService | undefined
  readonly lockName: string
}

const DAY_MS = 86_400_000
/** A process that is restarted more often than the policy is applied must apply it all the same. */
const FIRST_MS = 60_000
/** How often a process without the lock looks for it. */
const STANDBY_MS = 60_000
const FIELDS = ['policy', 'everyMs', 'lock', 'lockName']
const EVERY_MS = { min: 1000, max: 24 * DAY_MS, default: DAY_MS }

/** Returns a copy. @throws TypeError, RangeError that names the option */
export function checkSchedule(given: RetentionSchedule): CheckedSchedule {
  rejectUnknown(given, FIELDS, 'retention')
  checkPolicy(given.policy)
  const { lock, lockName = 'retention' } = given
  if (lock !== undefined && !isLockService(lock))
    throw wrongArgument(`Option "retention.lock" must be a LockService, got ${shown(lock)}`)
  if (lock === undefined && given.lockName !== undefined)
    throw wrongArgument('Option "retention.lockName" needs "retention.lock"')
  return {
    policy: structuredClone(given.policy),
    everyMs: integerOption('retention.everyMs', given.everyMs, EVERY_MS),
    lock,
    lockName: checkName('retention.lockName', lockName),
  }
}

function isLockService(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'acquire') === 'function'
  )
}

/** What a schedule works with. */
export interface Retained {
  readonly ids: () => Promise<readonly string[]>
  readonly apply: (promptId: string, policy: RetentionPolicy) => Promise<unknown>
  /** Its `storageDir`, if it has one, is in events. */
  readonly storage: object
}

/**
 * Applies a policy again and again, prompt by prompt, on a timer that does not keep the process alive. It ends when it
 * is closed, and when the storage is. Failures are published; the next time tries again.
 */
export class ScheduledRetention {
  readonly #schedule: CheckedSchedule
  readonly #retained: Retained
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #hasEnded = false
  #lease: Lease | undefined

  constructor(schedule: CheckedSchedule, retained: Retained) {
    this.#schedule = schedule
    this.#retained = retained
    this.#wait(Math.min(FIRST_MS, schedule.everyMs))
  }

  /** Waits for the prompt that is being worked on; the others are left for the next time. */
  async close(): Promise<void> {
    this.#end()
    await this.#running
    await this.#release()
  }

  #end(): void {
    this.#hasEnded = true
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    if (this.#hasEnded) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run().then((nextMs) => this.#wait(nextMs))
    }, ms).unref()
  }

  /** Returns how long to wait. */
  async #run(): Promise<number> {
    const { everyMs } = this.#schedule
    try {
      if (!(await this.#mayRun())) return Math.min(STANDBY_MS, everyMs)
      for (const promptId of await this.#retained.ids()) {
        this.#lease?.lost.throwIfAborted()
        if (this.#hasEnded) break
        await this.#apply(promptId)
      }
    } catch (error) {
      if (isStorageError(error, 'FS-CLOSED-001')) this.#end()
      else this.#report(error)
    }
    if (this.#hasEnded) await this.#release()
    return everyMs
  }

  /** Whether this process has the lock, or there is none. The lock is kept between the runs. */
  async #mayRun(): Promise<boolean> {
    const { lock, lockName } = this.#schedule
    if (lock === undefined || this.#lease?.lost.aborted === false) return true
    await this.#release()
    try {
      this.#lease = await lock.acquire(lockName, { waitMs: 0 })
      return true
    } catch (error) {
      if (isStorageError(error, 'FS-LOCK-001')) return false
      throw error
    }
  }

  async #release(): Promise<void> {
    const lease = this.#lease
    this.#lease = undefined
    try {
      await lease?.release()
    } catch (error) {
      // It is free when its time is over.
      this.#report(error)
    }
  }

  /** A damaged prompt must not keep the policy from the others. */
  async #apply(promptId: string): Promise<void> {
    try {
      await this.#retained.apply(promptId, this.#schedule.policy)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    const storageDir: unknown = Reflect.get(this.#retained.storage, 'storageDir')
    const directory = typeof storageDir === 'string' ? storageDir : ''
    publish('background-error', () => ({ directory, stage: 'retention', error }))
  }
}
