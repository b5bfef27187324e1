import { isDamage, isStorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { clearTimeout, setTimeout } from '../../base/clock.js'
import { integerOption, rejectUnknown } from '../../base/options.js'
import { checkPolicy, type RetentionPolicy } from './retention-policy.js'

/** A policy that a registry applies by itself. */
export interface RetentionSchedule {
  readonly policy: RetentionPolicy
  /** How often, in ms; a day by default, from a second to 24 days. The first time is after a minute, or after this. */
  readonly everyMs?: number
}

const DAY_MS = 86_400_000
/** A process that is restarted more often than the policy is applied must apply it all the same. */
const FIRST_MS = 60_000
const EVERY_MS = { min: 1000, max: 24 * DAY_MS, default: DAY_MS }

/** Returns a copy. @throws TypeError, RangeError that names the option */
export function checkSchedule(given: RetentionSchedule): Required<RetentionSchedule> {
  rejectUnknown(given, ['policy', 'everyMs'], 'retention')
  checkPolicy(given.policy)
  return {
    policy: structuredClone(given.policy),
    everyMs: integerOption('retention.everyMs', given.everyMs, EVERY_MS),
  }
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
  readonly #schedule: Required<RetentionSchedule>
  readonly #retained: Retained
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #hasEnded = false

  constructor(schedule: Required<RetentionSchedule>, retained: Retained) {
    this.#schedule = schedule
    this.#retained = retained
    this.#wait(Math.min(FIRST_MS, schedule.everyMs))
  }

  /** Waits for the prompt that is being worked on; the others are left for the next time. */
  async close(): Promise<void> {
    this.#end()
    await this.#running
  }

  #end(): void {
    this.#hasEnded = true
    clearTimeout(this.#timer)
  }

  #wait(ms: number): void {
    if (this.#hasEnded) return
    this.#timer = setTimeout(() => {
      this.#running = this.#run().then(() => this.#wait(this.#schedule.everyMs))
    }, ms).unref()
  }

  async #run(): Promise<void> {
    try {
      for (const promptId of await this.#retained.ids()) {
        if (this.#hasEnded) return
        await this.#apply(promptId)
      }
    } catch (error) {
      if (isStorageError(error, 'FS-CLOSED-001')) this.#end()
      else this.#report(error)
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
