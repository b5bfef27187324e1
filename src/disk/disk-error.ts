/** A failed system call, as the kernel said it: no policy, no code of ours. The layers above turn it into theirs. */
export class DiskError extends Error {
  override readonly name = 'DiskError'
  /** The errno's name, such as 'ENOSPC'; 'ELOCKTIMEOUT' for a lock that was not to be had in time. */
  readonly code: string
  readonly syscall: string
  /** Relative to the volume where the failure has a path in it. */
  readonly path: string

  constructor(code: string, syscall: string, path: string, options: { readonly cause?: unknown } = {}) {
    super(`${code}: ${syscall} '${path}'`, options)
    this.code = code
    this.syscall = syscall
    this.path = path
  }
}
