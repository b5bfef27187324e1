import { clearTimeout, monotonicMs, setTimeout } from '../base/clock.js'
import { isStorageError, StorageError } from '../base/errors.js'
import type { Lease } from './lock-service.js'

/** What a kind of lock does for one holder. */
export interface Grant {
  readonly token: number
  /** Holds it for another `ttlMs`; false when another holder has it, or its time was over. */
  renew(): Promise<boolean>
  /** Is called once, also for a lost lock. */
  release(): Promise<void>
  /** Calls `listener` when it is known to be lost, as when the connection ends that holds it. */
  onLost?(listener: (cause: unknown) => void): void
}

/** How often it is renewed within its time: one failure leaves time for another attempt. */
const RENEWALS = 3
/** After a failed renewal, the next one comes sooner. */
const HASTE = 10

/** A granted lock: renews it, and says when it is lost. */
export class HeldLease implements Lease {
  readonly name: string
  readonly #grant: Grant
  readonly #ttlMs: number
  readonly #lost = new AbortController()
  readonly #onEnd: (lease: HeldLease) => void
  #validUntilMs: number
  #renewal: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #renewing: Promise<void> | undefined
  #releasing: Promise<void> | undefined

  /** @param askedMs when the lock was asked for, on the monotonic clock: the server's time begins later */
  constructor(
    held: { readonly name: string; readonly ttlMs: number; readonly askedMs: number },
    grant: Grant,
    onEnd: (lease: HeldLease) => void,
  ) {
    this.name = held.name
    this.#ttlMs = held.ttlMs
    this.#grant = grant
    this.#onEnd = onEnd
    this.#validUntilMs = held.askedMs + held.ttlMs
    grant.onLost?.((cause) => this.#lose('its connection has ended', cause))
    this.#expireLater()
    this.#renewLater(held.ttlMs / RENEWALS)
  }

  get token(): number {
    return this.#grant.token
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async renew(): Promise<void> {
    this.#assertHeld()
    // A renewal under way may have been asked for too early to count for this call.
    await this.#renewing?.catch(() => undefined)
    this.#assertHeld()
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined))
    await this.#renewing
  }

  release(): Promise<void> {
    return (this.#releasing ??= this.#release())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }

  /** Ends it because its service is closed. */
  async close(): Promise<void> {
    this.#abort(new StorageError('FS-CLOSED-001', 'The lock service was closed', this.#facts()))
    await this.release()
  }

  async #release(): Promise<void> {
    this.#stop()
    this.#onEnd(this)
    // The outcome of a renewal under way must not come after that of the release.
    await this.#renewing?.catch(() => undefined)
    await this.#grant.release()
  }

  async #renew(): Promise<void> {
    const askedMs = monotonicMs()
    const isHeld = await this.#grant.renew()
    if (!isHeld) this.#lose('another holder has it, or its time was over')
    else if (this.#isOver()) this.#lose('its renewal took longer than its time')
    this.#assertHeld()
    this.#validUntilMs = askedMs + this.#ttlMs
    this.#expireLater()
    this.#renewLater(this.#ttlMs / RENEWALS)
  }

  /** Also for a process that was paused: its timers come late, and in any order. */
  #assertHeld(): void {
    if (this.#isOver()) this.#lose('it was not renewed in time')
    this.#lost.signal.throwIfAborted()
    if (this.#releasing !== undefined)
      throw new StorageError('FS-LOCK-002', `The lock "${this.name}" was released`, this.#facts())
  }

  #isOver(): boolean {
    return monotonicMs() >= this.#validUntilMs
  }

  #renewLater(ms: number): void {
    clearTimeout(this.#renewal)
    if (this.#hasEnded()) return
    this.#renewal = setTimeout(() => {
      this.renew().catch((error: unknown) => {
        // The server may answer again before the time is over; if not, the lock is lost then.
        if (!isStorageError(error, 'FS-LOCK-002')) this.#renewLater(this.#ttlMs / HASTE)
      })
    }, ms).unref()
  }

  #expireLater(): void {
    clearTimeout(this.#expiry)
    if (this.#hasEnded()) return
    const ms = Math.max(0, this.#validUntilMs - monotonicMs())
    this.#expiry = setTimeout(() => {
      if (this.#isOver()) this.#lose('it was not renewed in time')
      else this.#expireLater()
    }, Math.ceil(ms)).unref()
  }

  #hasEnded(): boolean {
    return this.#lost.signal.aborted || this.#releasing !== undefined
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#releasing !== undefined) return
    const message = `The lock "${this.name}" is lost: ${why}`
    this.#abort(new StorageError('FS-LOCK-002', message, { ...this.#facts(), cause }))
  }

  #abort(reason: StorageError): void {
    if (this.#lost.signal.aborted) return
    this.#stop()
    this.#lost.abort(reason)
  }

  #stop(): void {
    clearTimeout(this.#renewal)
    clearTimeout(this.#expiry)
  }

  #facts(): { readonly context: { readonly lock: string; readonly token: number } } {
    return { context: { lock: this.name, token: this.token } }
  }
}
