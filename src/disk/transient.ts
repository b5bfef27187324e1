import { platform } from 'node:process'
import { reasonOf, type DiskFailure } from './disk-error.js'
import type { DiskPhase } from './disk-phase.js'

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
