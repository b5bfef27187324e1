import { platform } from 'node:process'
import { reasonOf, type DiskFailure } from './disk-error.js'
import type { DiskPhase } from './disk-phase.js'

/**
 * What a failed flush has lost is not brought back by a second one that succeeds; and whether a transaction that was
 * being published took effect is not known.
 */
const NEVER_AGAIN: ReadonlySet<DiskPhase> = new Set(['append', 'frame_flush', 'flush', 'publish'])

/**
 * Whether the failed call had no effect and may succeed when it is made again: interrupted, busy, a handle of a server
 * that has let go of it. Windows calls it EBUSY where another program has a file open that it does not share; where that
 * keeps a file from being renamed, libuv says EPERM, and some file systems EACCES: what virus scanners do to files just
 * written, for which graceful-fs repeats a rename, too.
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
