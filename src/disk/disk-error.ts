import { platform } from 'node:process'

/**
 * Where a disk operation failed: decisions about a failure depend on its phase and its `DiskReason`, never on the name
 * of a system call. native/core/status.h has those that C++ knows, by the same names.
 */
export const DISK_PHASES = [
  /** A system call, or a part of a commit, that no other phase names. */
  'call',
  /** A call that changes nothing. */
  'read',
  /** The call has not begun: all threads are busy. */
  'pool',
  'lock',
  /** A file to be written in place was examined, and must not be touched. */
  'inspect',
  /** The file system was probed for what the disk promises. */
  'probe',
  /** Which process has the store. */
  'owner',
  /** The whole of a commit: its outcome is not known from here. */
  'commit',
  /** New files of a transaction were written where no reader sees them. */
  'stage',
  /** A condition of a transaction did not hold. */
  'check',
  /** A frame was written to the journal. */
  'append',
  /** That frame was flushed: the commit point. */
  'frame_flush',
  /** Anything else was flushed. */
  'flush',
  /** A file was given its name, by a link or a rename. */
  'name',
  /** A transaction is in the journal and half published: only the journal can finish it. */
  'publish',
] as const

export type DiskPhase = (typeof DISK_PHASES)[number]

export function isDiskPhase(value: unknown): value is DiskPhase {
  return (DISK_PHASES as readonly unknown[]).includes(value)
}

/** What was called, for error messages; its phase; and how long it may take beyond the deadline of its volume. */
export interface CallName {
  /** For people: no decision depends on it. */
  readonly syscall: string
  readonly path: string
  readonly phase: DiskPhase
  readonly extraTimeoutMs?: number
}

/** The facts of a failure. */
export interface DiskFailure {
  /** The name of the errno, such as 'ENOSPC'; 'ELOCKTIMEOUT' for a timeout waiting for a lock. */
  readonly code: string
  readonly phase: DiskPhase
  /** For people: no decision depends on it. */
  readonly syscall: string
  /** Relative to the volume if the path is in it. */
  readonly path: string
}

/** A failed system call, as the kernel reported it: no policy, no code of Holdfast. The layers above add theirs. */
export class DiskError extends Error implements DiskFailure {
  override readonly name = 'DiskError'
  readonly code: string
  readonly phase: DiskPhase
  readonly syscall: string
  readonly path: string
  /** What the facts alone do not say, such as what to do. */
  readonly detail: string | undefined
  /** The failure does not tell whether the operation took effect. */
  readonly isOutcomeUnknown: boolean
  /** How many attempts were made. */
  readonly attempts: number

  /** `detail` follows the facts in the message, where they alone do not say what to do. */
  constructor(code: string, syscall: string, path: string, options: DiskErrorOptions = {}) {
    const { phase = 'call', detail, isOutcomeUnknown = false, attempts = 1, ...rest } = options
    super(`${code}: ${syscall} '${path}'${detail === undefined ? '' : `: ${detail}`}`, rest)
    this.code = code
    this.phase = phase
    this.syscall = syscall
    this.path = path
    this.detail = detail
    this.isOutcomeUnknown = isOutcomeUnknown
    this.attempts = attempts
  }

  /** The same failure as an error, with what else is known about it. */
  static of(failure: DiskFailure, options: Omit<DiskErrorOptions, 'phase'> = {}): DiskError {
    const { code, phase, syscall, path } = failure
    return new DiskError(code, syscall, path, { phase, ...options })
  }

  get reason(): DiskReason {
    return reasonOf(this)
  }
}

export interface DiskErrorOptions {
  readonly phase?: DiskPhase
  readonly cause?: unknown
  readonly detail?: string
  readonly isOutcomeUnknown?: boolean
  readonly attempts?: number
}

/** Why an operation failed, as far as decisions depend on it. */
export type DiskReason =
  | 'conflict' // a condition of a transaction did not hold
  | 'lock'
  | 'timeout'
  | 'denied'
  | 'read_only'
  | 'file_owner' // the file belongs to another user than the store, and is not written in place
  | 'hard_link' // it has a second name, and is not written in place
  | 'descriptors' // this process, or the system, has none left
  | 'full' // the disk, or the user's quota
  | 'limit' // of this process: its memory, or how long its files may be
  | 'too_long' // the file has more bytes than its reader accepts
  | 'hung_calls' // too many calls hang in the kernel to begin another
  | 'busy' // temporary: a retry may succeed
  | 'io'
  | 'other'

/** By the name of the errno. */
const REASONS: Readonly<Record<string, DiskReason>> = {
  ELOCKTIMEOUT: 'lock',
  ETIMEDOUT: 'timeout',
  EACCES: 'denied',
  EPERM: 'denied',
  EMLINK: 'denied',
  EROFS: 'read_only',
  EMFILE: 'descriptors',
  ENFILE: 'descriptors',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ENOMEM: 'limit',
  EFBIG: 'limit',
  EINTR: 'busy',
  EAGAIN: 'busy',
  EBUSY: 'busy',
  ESTALE: 'busy',
  EIO: 'io',
}

/** Where the same errno means something else. */
const OF_PHASE: Partial<Record<DiskPhase, Readonly<Record<string, DiskReason>>>> = {
  check: { EEXIST: 'conflict', ENOENT: 'conflict', ECHANGED: 'conflict' },
  inspect: { EPERM: 'file_owner', EMLINK: 'hard_link' },
  pool: { EBUSY: 'hung_calls' },
  read: { EFBIG: 'too_long' },
}

const MOMENTARY: ReadonlySet<DiskReason> = new Set([
  'timeout',
  'descriptors',
  'limit',
  'hung_calls',
  'busy',
])

/** Whether a read says nothing of the file: it may succeed as soon as the machine or the process has more to give. */
export function isMomentary({ reason }: Pick<DiskError, 'reason'>): boolean {
  return MOMENTARY.has(reason)
}

/** The one place where an errno gets a meaning. */
export function reasonOf({ code, phase }: Pick<DiskFailure, 'code' | 'phase'>): DiskReason {
  return OF_PHASE[phase]?.[code] ?? REASONS[code] ?? 'other'
}

/** Whether the disk is full, or the user's quota. */
export function hasNoSpace(error: unknown): boolean {
  return error instanceof DiskError && error.reason === 'full'
}

/**
 * A second flush that succeeds does not restore what a failed one has lost; and the outcome of a transaction that was
 * being published is not known.
 */
const NEVER_AGAIN: ReadonlySet<DiskPhase> = new Set(['append', 'frame_flush', 'flush', 'publish'])

/**
 * Whether the failed call had no effect and may succeed on a retry: interrupted, busy, a handle that its server has let
 * go of. Windows says EBUSY if another program has a file open that it does not share; if that keeps a file from being
 * renamed, libuv says EPERM, and some file systems EACCES: virus scanners do this to files just written, so graceful-fs
 * retries a rename, too.
 */
export function isTransient(
  failure: Pick<DiskFailure, 'code' | 'phase'>,
  system: string = platform,
): boolean {
  const { phase } = failure
  if (NEVER_AGAIN.has(phase)) return false
  const reason = reasonOf(failure)
  return reason === 'busy' || (system === 'win32' && phase === 'name' && reason === 'denied')
}
