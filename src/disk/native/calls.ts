import { isError } from '../../base/values.js'
import { clearTimeout, setTimeout } from '../../base/clock.js'
import { dueTurn } from '../../base/turns.js'
import type { Binding } from './binding.js'
import { AbandonedChanges } from '../abandoned-changes.js'
import { descriptors, isOutOfDescriptors } from '../descriptors.js'
import { DiskError, type CallName, type DiskFailure } from '../disk-error.js'

/**
 * The calls of one volume that are under way: each gets its number, its deadline and, when it fails, a DiskError. A
 * call that misses its deadline is abandoned: its thread, buffers, descriptors and locks stay with it until the kernel
 * returns it, and no caller waits for it any more.
 */
export class NativeCalls {
  readonly abandoned: AbandonedChanges = new AbandonedChanges()
  readonly #binding: Binding
  readonly #timeoutMs: number
  readonly #waitedFor = new Set<number>()
  #closed = false
  #whenIdle: (() => void) | undefined
  /** The turn of the event loop that replies wait for. */
  #turn: Promise<void> | undefined

  constructor(binding: Binding, timeoutMs: number) {
    this.#binding = binding
    this.#timeoutMs = timeoutMs
  }

  get closed(): boolean {
    return this.#closed
  }

  run<T>(name: CallName, begin: (call: number) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(failed('EBADF', name))
    if (!name.path.isWellFormed()) return Promise.reject(new DiskError('EINVAL', 'path', name.path))
    return this.runUnchecked(name, begin)
  }

  /** As `run`, but retries for lack of descriptors. Only for calls that have no effect when they fail so. */
  async repeat<T>(name: CallName, begin: (call: number) => Promise<T>): Promise<T> {
    return await descriptors.repeat(async () => await this.run(name, begin))
  }

  /** For calls made while the volume closes. */
  runUnchecked<T>(name: CallName, begin: (call: number) => Promise<T>): Promise<T> {
    const call = nextCall(this.#binding)
    return new Promise<T>((resolve, reject) => {
      // First of all: a call that cannot begin is neither waited for nor abandoned.
      const task = beginning(begin, call)
      this.#waitedFor.add(call)
      const giveBack = descriptors.hold()
      const settle = (): boolean => {
        if (!this.#waitedFor.delete(call)) return false
        clearTimeout(timer)
        if (this.#waitedFor.size === 0) this.#whenIdle?.()
        return true
      }
      const timer = this.#startTimer(name, () => {
        this.#binding.abandon(call)
        if (!settle()) return
        this.abandoned.note(name.phase, task)
        reject(failed('ETIMEDOUT', name))
      })
      task.then(
        (value) => {
          giveBack()
          if (!settle()) return
          this.#inTurn(() => {
            resolve(value)
          })
        },
        (error: unknown) => {
          const failure = toDiskError(error)
          giveBack(!(failure instanceof DiskError && isOutOfDescriptors(failure)))
          if (settle()) reject(failure)
        },
      )
    })
  }

  /**
   * Delivers a reply, after a turn of the event loop if one is due. Node gives the addon up to a thousand replies in a
   * row while new ones keep coming, so a loop of calls would keep timers and sockets waiting for hundreds of
   * milliseconds. Replies keep their order: those that come while one waits wait with it.
   */
  #inTurn(deliver: () => void): void {
    const turn = this.#turn ?? dueTurn()
    if (turn === undefined) return deliver()
    if (this.#turn === undefined) {
      this.#turn = turn
      void turn.then(() => {
        this.#turn = undefined
      })
    }
    void turn.then(deliver)
  }

  /** Whether the call was not abandoned. */
  isWaitedFor(call: number): boolean {
    return this.#waitedFor.has(call)
  }

  /** Refuses new calls and resolves when none is under way. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#waitedFor.size === 0) return
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
    })
  }

  #startTimer(name: CallName, onTimeout: () => void): NodeJS.Timeout | undefined {
    if (this.#timeoutMs === 0) return undefined
    return setTimeout(onTimeout, this.#timeoutMs + (name.extraTimeoutMs ?? 0))
  }
}

/** The addon throws if there is no memory for the arguments of a call. */
function beginning<T>(begin: (call: number) => Promise<T>, call: number): Promise<T> {
  try {
    return begin(call)
  } catch (error) {
    throw toDiskError(error)
  }
}

/** A number for an asynchronous call, unique among those under way in this thread. */
export function nextCall(binding: Binding): number {
  const call = ((binding.lastCall ?? 0) + 1) >>> 0
  binding.lastCall = call
  return call
}

/** A failure of the addon as a DiskError; anything else (a bug of Holdfast) as it is. */
export function toDiskError(error: unknown): unknown {
  return isNativeFailure(error) ? DiskError.of(error) : error
}

/** A call that never reached the addon, or was abandoned. */
export function failed(code: string, { syscall, path, phase }: CallName): DiskError {
  return new DiskError(code, syscall, path, { phase })
}

export function isNativeFailure(error: unknown): error is Error & DiskFailure {
  return isError(error) && 'phase' in error && 'code' in error && 'path' in error
}
