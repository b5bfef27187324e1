/** A failed system call, as the kernel said it: no policy, no code of ours. The layers above turn it into theirs. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
  /** The errno's name, such as 'ENOSPC'; 'ELOCKTIMEOUT' for a lock that was not to be had in time. */
  readonly code: string
  readonly syscall: string
  /** Relative to the volume where the failure has a path in it. */
  readonly path: string
  /** What the facts alone do not say, such as what to do. */
  readonly detail: string | undefined
  /** The failure does not tell whether the operation took effect. */
  readonly isOutcomeUnknown: boolean
  /** How often it was tried. */
  readonly attempts: number

  /** `detail` is said after the facts, where they alone do not tell what to do. */
  constructor(code: string, syscall: string, path: string, options: DiskErrorOptions = {}) {
    const { detail, isOutcomeUnknown = false, attempts = 1, ...rest } = options
    super(`${code}: ${syscall} '${path}'${detail === undefined ? '' : `: ${detail}`}`, rest)
    this.code = code
    this.syscall = syscall
    this.path = path
    this.detail = detail
    this.isOutcomeUnknown = isOutcomeUnknown
    this.attempts = attempts
  }
}

export interface DiskErrorOptions {
  readonly cause?: unknown
  readonly detail?: string
  readonly isOutcomeUnknown?: boolean
  readonly attempts?: number
}

/** Whether the disk is full, or the user's part of it. */
export function hasNoSpace(error: unknown): boolean {
  return error instanceof DiskError && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
