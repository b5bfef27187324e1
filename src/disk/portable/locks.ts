import { clearTimeout, setTimeout } from '../../base/clock.js'
import type { Lock, LockMode, LockOptions } from '../disk.js'
import { DiskError } from '../disk-error.js'

/**
 * Locks by name among the users of one store within this thread; the owner file keeps all others out. They behave as
 * kernel locks do: each `acquire` is a separate holder, and two in one thread exclude each other.
 */
export class LockTable {
  readonly #states = new Map<string, LockState>()

  /** ELOCKTIMEOUT after `timeoutMs`, or the signal's reason. */
  async acquire(path: string, mode: LockMode, options: LockOptions): Promise<Lock> {
    options.signal?.throwIfAborted()
    const state = this.#states.get(path) ?? { holders: new Set(), waiters: new Set() }
    this.#states.set(path, state)
    const holder = { mode }
    if (isFree(state, mode)) state.holders.add(holder)
    else await waitForTurn(state, holder, path, options)
    return new HeldLock(state, holder)
  }
}

interface Holder {
  mode: LockMode
}

interface LockState {
  readonly holders: Set<Holder>
  /** In the order of their calls. */
  readonly waiters: Set<Waiter>
}

interface Waiter {
  readonly holder: Holder
  readonly granted: () => void
}

function isFree(state: LockState, mode: LockMode): boolean {
  if (mode === 'exclusive') return state.holders.size === 0
  return [...state.holders].every((holder) => holder.mode === 'shared')
}

async function waitForTurn(
  state: LockState,
  holder: Holder,
  path: string,
  { timeoutMs, signal }: LockOptions,
): Promise<void> {
  const timedOut = new DiskError('ELOCKTIMEOUT', 'flock', path, { phase: 'lock' })
  if (timeoutMs === 0) throw timedOut
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const granted = (): void => {
      stop()
      resolve()
    }
    const giveUp = (reason: unknown): void => {
      stop()
      // Those that wait behind this one may go ahead now.
      state.waiters.delete(waiter)
      grantInOrder(state)
      reject(reason)
    }
    const onAbort = (): void => giveUp(signal?.reason)
    const timer = setTimeout(() => giveUp(timedOut), timeoutMs)
    signal?.addEventListener('abort', onAbort)
    const waiter: Waiter = { holder, granted }
    state.waiters.add(waiter)
  })
}

/** The holder is entered here and not by the waiter: between its wake-up and its next step others may call. */
function grantInOrder(state: LockState): void {
  for (const waiter of state.waiters) {
    if (!isFree(state, waiter.holder.mode)) return
    state.waiters.delete(waiter)
    state.holders.add(waiter.holder)
    waiter.granted()
  }
}

class HeldLock implements Lock {
  readonly #state: LockState
  readonly #holder: Holder

  constructor(state: LockState, holder: Holder) {
    this.#state = state
    this.#holder = holder
  }

  get mode(): LockMode {
    return this.#holder.mode
  }

  async downgrade(): Promise<void> {
    this.#holder.mode = 'shared'
    grantInOrder(this.#state)
    await Promise.resolve()
  }

  async release(): Promise<void> {
    if (this.#state.holders.delete(this.#holder)) grantInOrder(this.#state)
    await Promise.resolve()
  }
}
