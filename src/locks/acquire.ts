import { monotonicMs } from '../base/clock.js'
import { isStorageError, StorageError } from '../base/errors.js'
import { Lifecycle } from '../base/lifecycle.js'
import { backoffMs, Retries } from '../base/retry.js'
import { HeldLease, type Grant } from './lease.js'
import { checkAcquisition, type AcquireOptions, type Acquisition } from './lock-service.js'

/** One kind of lock: what each service supplies. */
export interface LockDriver {
  /** Undefined while another holder has it. `try` never waits for that holder. */
  try(name: string, ttlMs: number): Promise<Grant | undefined>
  /** Releases the connections. All leases have ended. */
  close(): Promise<void>
}

/** The wait between two attempts: it doubles, and spreads those that wait. */
const ATTEMPTS = { delayMs: 50, maxDelayMs: 1000 }

/** Attempts, waits and leases of a service, the same for each kind of lock. */
export class Acquirer {
  readonly #driver: LockDriver
  readonly #lifecycle: Lifecycle
  readonly #leases = new Set<HeldLease>()
  readonly #closing = new AbortController()
  // Only its waits are used: they end with a signal.
  readonly #waits = new Retries({ attempts: 1, ...ATTEMPTS }, () => undefined)

  constructor(driver: LockDriver) {
    this.#driver = driver
    this.#lifecycle = new Lifecycle(isClosed)
  }

  /** @throws what `LockService.acquire` says */
  async acquire(name: string, options?: AcquireOptions): Promise<HeldLease> {
    const acquisition = checkAcquisition(name, options)
    return await this.#lifecycle.run(async () => await this.#acquire(acquisition))
  }

  async close(): Promise<void> {
    this.#closing.abort(isClosed())
    await this.#lifecycle.close(async () => {
      const ended = await Promise.allSettled([...this.#leases].map(async (lease) => lease.close()))
      await this.#driver.close()
      for (const one of ended) if (one.status === 'rejected') throw one.reason
    })
  }

  async #acquire(acquisition: Acquisition): Promise<HeldLease> {
    const { signal } = acquisition
    const [ended, forget] = firstOf(this.#closing.signal, ...(signal === undefined ? [] : [signal]))
    try {
      return await this.#attempt(acquisition, ended)
    } finally {
      forget()
    }
  }

  async #attempt({ name, ttlMs, waitMs }: Acquisition, ended: AbortSignal): Promise<HeldLease> {
    const begunMs = monotonicMs()
    for (let attempt = 1; ; attempt++) {
      ended.throwIfAborted()
      const askedMs = monotonicMs()
      const outcome = await this.#try(name, ttlMs)
      if ('grant' in outcome)
        return await this.#hold({ name, ttlMs, askedMs }, outcome.grant, ended)
      const leftMs = begunMs + waitMs - monotonicMs()
      if (leftMs <= 0) throw outcome.failure ?? timedOut(name, waitMs)
      await this.#waits.wait(Math.min(leftMs, backoffMs(attempt, ATTEMPTS)), ended)
    }
  }

  /** A server that is away for a moment is waited for like a holder. */
  async #try(name: string, ttlMs: number): Promise<{ grant: Grant } | { failure?: StorageError }> {
    try {
      const grant = await this.#driver.try(name, ttlMs)
      return grant === undefined ? {} : { grant }
    } catch (failure) {
      if (isStorageError(failure, 'FS-UNAVAILABLE-001')) return { failure }
      throw failure
    }
  }

  /** A lock that was granted at the moment of the abort is released. */
  async #hold(
    held: { readonly name: string; readonly ttlMs: number; readonly askedMs: number },
    grant: Grant,
    ended: AbortSignal,
  ): Promise<HeldLease> {
    const lease = new HeldLease(held, grant, (one) => this.#leases.delete(one))
    this.#leases.add(lease)
    if (!ended.aborted) return lease
    await lease.release()
    throw ended.reason
  }
}

/** As `AbortSignal.any`, which takes no signals of other realms. */
function firstOf(...signals: readonly AbortSignal[]): [signal: AbortSignal, forget: () => void] {
  const first = new AbortController()
  const listeners = signals.map((signal) => {
    const onAbort = (): void => first.abort(signal.reason)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    return [signal, onAbort] as const
  })
  const forget = (): void => {
    for (const [signal, onAbort] of listeners) signal.removeEventListener('abort', onAbort)
  }
  return [first.signal, forget]
}

function timedOut(name: string, waitMs: number): StorageError {
  return new StorageError(
    'FS-LOCK-001',
    `Another holder has the lock "${name}" for more than ${waitMs} ms`,
    {
      context: { lock: name, timeout_ms: waitMs },
    },
  )
}

function isClosed(): StorageError {
  return new StorageError('FS-CLOSED-001', 'The lock service is closed')
}
