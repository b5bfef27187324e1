import { constants } from 'node:os'
import { platform } from 'node:process'
import { monotonicMs, setTimeout } from '../base/clock.js'
import { isError, isErrorNamed } from '../base/values.js'
import { DiskError, isTransient, type DiskPhase } from './disk-error.js'

/** Node has no name for some errors, such as a full quota: 'Unknown system error -122'. */
const UNNAMED = 'Unknown system error'
const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [-number, name]))

/** Runs `work`; an error of the system becomes a `DiskError` that names `syscall` and the volume's own path. */
export async function attempt<T>(
  syscall: string,
  path: string,
  work: () => Promise<T>,
  phase: DiskPhase = 'call',
): Promise<T> {
  try {
    return await persist(phase, work)
  } catch (error) {
    throw toDiskError(error, { syscall, path, phase })
  }
}

/** Flushes through a handle; a failure has the phase 'flush'. */
export async function attemptFlush(
  handle: { readonly sync: () => Promise<void> },
  path: string,
): Promise<void> {
  await attempt('fsync', path, async () => await handle.sync(), 'flush')
}

/** As `attempt`, but `undefined` when there is nothing at the path. */
export async function attemptPresent<T>(
  syscall: string,
  path: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await persist('call', work)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw toDiskError(error, { syscall, path, phase: 'call' })
  }
}

/** As long as the native disk waits: native/os/windows_api.h. */
const PATIENCE_MS = 2000
const PAUSE_MAX_MS = 128

/**
 * On Windows, virus scanners, indexers and readers get in the way for a moment: the call is retried, at random moments,
 * so that callers that wait for each other do not meet again.
 */
async function persist<T>(phase: DiskPhase, work: () => Promise<T>): Promise<T> {
  if (platform !== 'win32') return await work()
  const endMs = monotonicMs() + PATIENCE_MS
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    try {
      return await work()
    } catch (error) {
      const code = errorCode(error) ?? ''
      if (!isTransient({ code, phase }) || monotonicMs() > endMs) throw error
      await new Promise((resolve) => void setTimeout(resolve, 1 + Math.random() * pauseMs))
    }
  }
}

/** Codes of a directory that cannot be written, as opposed to a failure. */
const READ_ONLY_CODES = new Set(['EROFS', 'EACCES', 'EPERM'])

export function isReadOnlyError(error: unknown): boolean {
  return READ_ONLY_CODES.has(errorCode(error) ?? '')
}

/** Codes of link(2) for one's own file on a file system without links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK'])

/** ENOTSUP for a link that failed because the file system has none; undefined if it failed for another reason. */
export function withoutLinks(error: unknown): DiskError | undefined {
  if (!NO_LINKS.has(errorCode(error) ?? '')) return undefined
  const detail =
    'the file system has no hard links, and the portable disk has no other way to never overwrite'
  return new DiskError('ENOTSUP', 'probe', '', { phase: 'probe', cause: error, detail })
}

/** What Deno throws if the process was started without the permission: --allow-read, --allow-write, ... */
const WITHHELD_PERMISSION = ['NotCapable', 'PermissionDenied']

/** The name of the errno of a failed call; `undefined` for any other thrown value. */
export function errorCode(error: unknown): string | undefined {
  if (isErrorNamed(error, ...WITHHELD_PERMISSION)) return 'EACCES'
  if (!isError(error) || !('code' in error)) return undefined
  if (typeof error.code !== 'string') return undefined
  const isUnnamed = error.code.startsWith(UNNAMED) && 'errno' in error
  return (isUnnamed ? NAMES.get(Number(error.errno)) : undefined) ?? error.code
}

// A thrown value without an errno is a bug in this program: it passes unchanged.
function toDiskError(
  error: unknown,
  { syscall, path, phase }: Pick<DiskError, 'syscall' | 'path' | 'phase'>,
): unknown {
  if (error instanceof DiskError) return error
  const code = errorCode(error)
  if (code === undefined || code.startsWith('ERR_')) return error
  return new DiskError(code, syscall, path, { phase, cause: error, ...withheld(error) })
}

/** Deno's message names the flag that is missing. */
export function withheld(error: unknown): { readonly detail?: string } {
  return isErrorNamed(error, ...WITHHELD_PERMISSION) ? { detail: error.message } : {}
}

/** What Deno refuses, anywhere: also the question of who we are, which is not a call of a disk. */
export function withheldPermission(error: unknown): DiskError | undefined {
  if (!isErrorNamed(error, ...WITHHELD_PERMISSION)) return undefined
  return new DiskError('EACCES', 'permission', '', { cause: error, detail: error.message })
}
