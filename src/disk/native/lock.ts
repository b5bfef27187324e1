import type { Binding, LockHandle, VolumeHandle } from './binding.js'
import { DiskError } from '../disk-error.js'
import type { Lock, LockMode, LockOptions } from '../disk.js'
import type { NativeCalls } from './calls.js'

/**
 * Waits for a kernel lock. ELOCKTIMEOUT if that times out; the signal's reason if it is aborted. `held` holds the locks
 * that the volume releases when it closes.
 */
export async function acquireLock(
  binding: Binding,
  calls: NativeCalls,
  volume: VolumeHandle,
  held: Set<NativeLock>,
  path: string,
  mode: LockMode,
  options: LockOptions,
): Promise<Lock> {
  const { timeoutMs, signal } = options
  const handle = await untilAborted(binding, signal, (onCall) =>
    calls.run({ syscall: 'flock', path, phase: 'lock', extraTimeoutMs: timeoutMs }, (call) => {
      onCall(call)
      return binding.lock(call, volume, path, mode === 'exclusive', timeoutMs)
    }),
  )
  const lock = new NativeLock(binding, calls, handle, path, mode, held)
  held.add(lock)
  if (signal?.aborted !== true) return lock
  // The lock was granted at the same moment as the abort: the caller gets the abort.
  await lock.release()
  throw signal.reason
}

/** Runs a call that waits; an abort of the signal makes it give up, and it then rejects with the signal's reason. */
export async function untilAborted<T>(
  binding: Binding,
  signal: AbortSignal | undefined,
  run: (onCall: (call: number) => void) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return await run(() => undefined)
  signal.throwIfAborted()
  let current: number | undefined
  const onAbort = (): void => {
    if (current !== undefined) binding.abort(current)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await run((call) => {
      current = call
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A held kernel lock. */
export class NativeLock implements Lock {
  readonly #binding: Binding
  readonly #calls: NativeCalls
  readonly #handle: LockHandle
  readonly #path: string
  readonly #held: Set<NativeLock>
  #mode: LockMode
  #releasing: Promise<void> | undefined

  constructor(
    binding: Binding,
    calls: NativeCalls,
    handle: LockHandle,
    path: string,
    mode: LockMode,
    held: Set<NativeLock>,
  ) {
    this.#binding = binding
    this.#calls = calls
    this.#handle = handle
    this.#path = path
    this.#mode = mode
    this.#held = held
  }

  get mode(): LockMode {
    return this.#mode
  }

  async downgrade(): Promise<void> {
    if (this.#releasing !== undefined)
      throw new DiskError('EBADF', 'flock', this.#path, { phase: 'lock' })
    await this.#calls.run({ syscall: 'flock', path: this.#path, phase: 'lock' }, (call) =>
      this.#binding.downgrade(call, this.#handle),
    )
    this.#mode = 'shared'
  }

  release(): Promise<void> {
    return (this.#releasing ??= this.#release())
  }

  #release(): Promise<void> {
    this.#held.delete(this)
    return this.#calls.runUnchecked({ syscall: 'flock', path: this.#path, phase: 'lock' }, (call) =>
      this.#binding.release(call, this.#handle),
    )
  }
}
