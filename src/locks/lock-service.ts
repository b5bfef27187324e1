import { integerOption, rejectUnknown, shown, stringOption } from '../base/options.js'
import { outOfRange, wrongArgument } from '../base/misuse.js'

/**
 * Locks that processes of one or many machines exclude each other with, for jobs that are only wasteful when two do
 * them at once. Holdfast's own commits never need them: what must not happen twice is decided where it is stored.
 *
 * A lock with a time limit can always have two holders for a moment, since a holder that is paused does not notice that
 * its time is over. Where that matters, what is written must carry the token, and its place must refuse a lower one.
 */
export interface LockService extends AsyncDisposable {
  /**
   * Acquires the lock of that name, for `ttlMs`, and renews it until it is released or lost.
   * @param name 1 to 512 bytes of UTF-8, without NUL
   * @throws TypeError or RangeError for a wrong option; the reason of `signal`; StorageError FS-LOCK-001 when another
   * holder has it for longer than `waitMs`, FS-UNAVAILABLE-001 when the server cannot be reached for as long,
   * FS-PERM-001 when it refuses the user, FS-CLOSED-001 after `close`
   */
  acquire(name: string, options?: AcquireOptions): Promise<Lease>

  /** Releases what is held, and the connections. Idempotent. */
  close(): Promise<void>
}

export interface AcquireOptions {
  /** After this time without a renewal the lock is free again, in ms; 100 to 3,600,000, by default 30,000. */
  readonly ttlMs?: number | undefined
  /** How long to wait for another holder, in ms; 0 tries once. 0 to 3,600,000, by default 10,000. */
  readonly waitMs?: number | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

/** A lock that is held. It is renewed each third of its `ttlMs`; `Symbol.asyncDispose` releases it. */
export interface Lease extends AsyncDisposable {
  readonly name: string
  /**
   * The fencing token: a safe integer, greater than the token of each earlier holder of this name, also over restarts
   * of the server. It is at least the time of the server in µs since 1970, so that it rises even where the server has
   * lost what it knew.
   */
  readonly token: number
  /**
   * Aborted when the lock is not certainly held any more; its reason is a StorageError FS-LOCK-002 (FS-CLOSED-001 when
   * the service was closed). A job hands it to what it calls, or looks at it between its steps.
   */
  readonly lost: AbortSignal

  /**
   * Holds the lock for another `ttlMs` from now: for a moment at which it must be held.
   * @throws StorageError FS-LOCK-002 when it is lost; FS-UNAVAILABLE-001 when the server does not answer, and the lock
   * is still held for the rest of its time
   */
  renew(): Promise<void>

  /**
   * Releases the lock. Nothing happens when it is lost or released already.
   * @throws StorageError when the server cannot be reached: the lock is free when its time is over
   */
  release(): Promise<void>
}

export interface Acquisition {
  readonly name: string
  readonly ttlMs: number
  readonly waitMs: number
  readonly signal: AbortSignal | undefined
}

export const TTL_MS_MAX = 3_600_000
const TTL_MS = { min: 100, max: TTL_MS_MAX, default: 30_000 }
const WAIT_MS = { min: 0, max: 3_600_000, default: 10_000 }
const NAME_BYTES_MAX = 512

/** @throws TypeError or RangeError that names the option */
export function checkAcquisition(name: unknown, options: AcquireOptions = {}): Acquisition {
  rejectUnknown(options, ['ttlMs', 'waitMs', 'signal'], 'acquire')
  const { signal } = options
  if (signal !== undefined && !isSignal(signal))
    throw wrongArgument(`Option "signal" must be an AbortSignal, got ${shown(signal)}`)
  return {
    name: checkName('name', name),
    ttlMs: integerOption('ttlMs', options.ttlMs, TTL_MS),
    waitMs: integerOption('waitMs', options.waitMs, WAIT_MS),
    signal,
  }
}

/** @throws TypeError or RangeError for what cannot be the name of a lock */
export function checkName(option: string, name: unknown): string {
  const given = stringOption(option, name)
  const bytes = Buffer.byteLength(given)
  if (bytes > NAME_BYTES_MAX)
    throw outOfRange(`Option "${option}" must have at most ${NAME_BYTES_MAX} bytes, got ${bytes}`)
  if (!given.isWellFormed())
    throw wrongArgument(`Option "${option}" must be well-formed text, got ${shown(given)}`)
  return given
}

function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'aborted') === 'boolean' &&
    typeof Reflect.get(value, 'addEventListener') === 'function'
  )
}
