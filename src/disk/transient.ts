import { platform } from 'node:process'
import type { DiskFailure } from './disk.js'

/** What a moment later succeeds often enough: interrupted, busy, a handle of a server that has let go of it. */
const TRANSIENT = new Set(['EINTR', 'EAGAIN', 'EBUSY', 'ESTALE'])

/**
 * What a failed flush has lost is not brought back by a second one that succeeds; and whether a transaction that was
 * being published took effect is not known.
 */
const NEVER_AGAIN = new Set(['fsync', 'fdatasync', 'syncfs', 'publish'])

/**
 * Whether the failed call had no effect and may succeed when it is made again. Windows calls it EBUSY where another
 * program has a file open that it does not share; where that keeps a file from being renamed, libuv says EPERM, and some
 * file systems EACCES: what virus scanners do to files just written, for which graceful-fs repeats a rename, too.
 */
export function isTransient(
  { code, syscall }: Pick<DiskFailure, 'code' | 'syscall'>,
  system: string = platform,
): boolean {
  if (NEVER_AGAIN.has(syscall) || isForHungCalls({ code, syscall })) return false
  if (TRANSIENT.has(code)) return true
  return system === 'win32' && syscall === 'rename' && (code === 'EPERM' || code === 'EACCES')
}

/** So many calls hang in the kernel that no more are begun: another one would not begin either. */
export function isForHungCalls({ code, syscall }: Pick<DiskFailure, 'code' | 'syscall'>): boolean {
  return code === 'EBUSY' && syscall === 'pool'
}
