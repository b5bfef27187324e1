import { currentUser } from '../base/this-process.js'
import { toError } from '../base/values.js'
import { descriptorLimit } from '../disk/descriptors.js'
import { DiskError, type DiskPhase, type DiskReason } from '../disk/disk-error.js'
import { withheldPermission } from '../disk/node-error.js'
import { isTemporaryPath } from '../format/layout.js'
import { StorageError, type ErrorContext, type StorageErrorCode } from '../base/errors.js'

/** What the caller was doing, for the code of a failure that has no code of its own, and for the message. */
export interface FailedOperation {
  readonly fallback: StorageErrorCode
  readonly what: string
  readonly context?: ErrorContext
  /** What can be done without the permission. */
  readonly withoutPermission?: string
}

type Work =
  | 'follow'
  | 'stage'
  | 'flush'
  | 'checkpoint'
  | 'space'
  | 'commit'
  | 'backup'
  | 'readBackups'
  | 'restore'

/** What a directory was doing. */
export const FAILED: Readonly<Record<Work, FailedOperation>> = {
  follow: { fallback: 'FS-IO-001', what: 'Cannot follow the journal' },
  stage: { fallback: 'FS-SAVE-001', what: 'Cannot stage a stream' },
  flush: { fallback: 'FS-IO-001', what: 'Flush failed' },
  checkpoint: { fallback: 'FS-IO-001', what: 'Checkpoint failed' },
  space: { fallback: 'FS-IO-001', what: 'Cannot ask for free space' },
  commit: { fallback: 'FS-SAVE-001', what: 'Commit failed' },
  backup: { fallback: 'FS-IO-001', what: 'Backup failed' },
  readBackups: { fallback: 'FS-IO-001', what: 'Cannot read the backups' },
  restore: { fallback: 'FS-IO-001', what: 'Restore failed' },
}

const CODES: Partial<Record<DiskReason, StorageErrorCode>> = {
  conflict: 'FS-CONFLICT-001',
  lock: 'FS-LOCK-001',
  timeout: 'FS-TIMEOUT-001',
  denied: 'FS-PERM-001',
  read_only: 'FS-PERM-001',
  file_owner: 'FS-PERM-001',
  hard_link: 'FS-PERM-001',
  descriptors: 'FS-IO-001',
  full: 'FS-IO-001',
  limit: 'FS-IO-001',
}
/** Read failures caused by the file itself: it is not a regular file, or broken beyond its bytes. */
const NOT_READABLE = new Set([
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'EINVAL',
  'ENXIO',
  'EUCLEAN',
  'EBADMSG',
])
const ATOMIC: ReadonlySet<DiskPhase> = new Set(['frame_flush', 'flush', 'name', 'publish'])
/** Reasons that are shown to the caller. */
const TOLD: ReadonlySet<DiskReason> = new Set(['file_owner', 'hard_link', 'hung_calls'])

/** The cause decides the code; an error that has its code already passes unchanged, never wrapped twice. */
export function storageError(thrown: unknown, operation: FailedOperation): Error {
  const cause = withheldPermission(thrown) ?? thrown
  if (!(cause instanceof DiskError)) return toError(cause)
  const code = codeOf(cause, operation.fallback)
  return new StorageError(code, `${operation.what}: ${explain(cause, code, operation)}`, {
    cause,
    context: {
      ...operation.context,
      path: cause.path,
      temp_path: isTemporaryPath(cause.path) ? cause.path : null,
      stage: cause.syscall,
      phase: cause.phase,
      error: cause.code,
      ...(code === 'FS-PERM-001' ? { user: currentUser() } : {}),
      ...outcomeOf(cause, code),
      ...reasonOf(cause),
      ...(cause.attempts > 1 ? { attempts: cause.attempts } : {}),
    },
  })
}

/** As `storageError`, for the rejection of a promise. */
export async function orStorageError<Result>(
  work: Promise<Result>,
  operation: FailedOperation,
): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw storageError(error, operation)
  }
}

/** How a failed opening is reported. */
export function opening(directory: string): FailedOperation {
  return {
    fallback: 'FS-IO-001',
    what: `Cannot open '${directory}'`,
    context: { directory },
    withoutPermission: 'readOnly: true opens a store whose files may be read',
  }
}

/** The error of a call after `close`. */
export function closedDirectory(path: string): StorageError {
  return new StorageError('FS-CLOSED-001', `The store '${path}' is closed`, { context: { path } })
}

function codeOf(cause: DiskError, fallback: StorageErrorCode): StorageErrorCode {
  // The disk has tried the file system, and cannot keep its promises on it.
  if (cause.phase === 'probe') return 'FS-FORMAT-001'
  const code = CODES[cause.reason]
  if (code !== undefined) return code
  // It concerns that file alone.
  if (cause.reason === 'too_long') return fallback
  if (ATOMIC.has(cause.phase)) return 'FS-ATOMIC-001'
  // Otherwise a disk that is briefly unavailable would look like many damaged files.
  if (fallback === 'FS-LOAD-002' && !NOT_READABLE.has(cause.code)) return 'FS-IO-001'
  return cause.reason === 'io' ? 'FS-IO-001' : fallback
}

/** Whether the operation took effect, where that is not simply no. */
function outcomeOf(cause: DiskError, code: StorageErrorCode): ErrorContext {
  if (code === 'FS-TIMEOUT-001') return { outcome: wasAttempted(cause) ? 'unknown' : 'none' }
  const unknown = cause.phase === 'publish' || cause.isOutcomeUnknown
  return unknown ? { outcome: 'unknown' } : {}
}

/** A commit behind a hung one was never sent to the disk: its error has that of the hung one as its cause. */
function wasAttempted(cause: DiskError): boolean {
  return !(cause.cause instanceof DiskError)
}

function reasonOf(cause: DiskError): ErrorContext {
  const { reason } = cause
  if (reason === 'descriptors') return { reason, limit: limitOf(cause) ?? null }
  return TOLD.has(reason) ? { reason } : {}
}

/** How many descriptors this process may have. The system's limit is not known here. */
function limitOf({ code }: DiskError): number | undefined {
  return code === 'EMFILE' ? descriptorLimit() : undefined
}

const CONFLICTS: Readonly<Record<string, string>> = {
  EEXIST: 'exists already',
  ECHANGED: 'does not hold the bytes that were expected',
}

function explain(cause: DiskError, code: StorageErrorCode, operation: FailedOperation): string {
  const { context, withoutPermission } = operation
  const maxBytes = context?.['max_bytes']
  if (cause.reason === 'too_long' && typeof maxBytes === 'number')
    return `it has more than the ${maxBytes} bytes that are read at once; raise "maxBytes", or read it in pieces with openFile`
  const tried = cause.attempts > 1 ? `, ${cause.attempts} attempts` : ''
  const where = `${cause.code} from ${cause.syscall} on '${cause.path}'${tried}`
  if (code === 'FS-CONFLICT-001')
    return `'${cause.path}' ${CONFLICTS[cause.code] ?? 'does not exist'}`
  if (cause.reason === 'hung_calls')
    return `the disk does not answer, and no more calls are begun beside those that hang (${where})`
  if (cause.reason === 'descriptors') return `${shortageOf(cause)} (${where})`
  if (cause.phase === 'owner') return cause.detail ?? cause.message
  if (cause.phase === 'probe') return cause.message
  if (code === 'FS-LOCK-001') return `the lock '${cause.path}' could not be acquired in time`
  if (code === 'FS-TIMEOUT-001')
    return wasAttempted(cause)
      ? `the disk did not answer in time (${where}); outcome unknown`
      : 'the disk does not answer an earlier commit; this one was not attempted'
  if (cause.reason === 'file_owner')
    return `'${cause.path}' belongs to another user than the store; nothing is written to such a file: chown it, or remove it while no process has the store open`
  if (cause.reason === 'hard_link')
    return `'${cause.path}' has a second name (a hard link), and what is written in place would change that file, too; give it a file of its own while no process has the store open (cp -p '${cause.path}' copy && mv copy '${cause.path}')`
  if (code === 'FS-PERM-001') {
    const remedy = withoutPermission === undefined ? '' : `; ${withoutPermission}`
    return `${refusalOf(cause)} (${where})${remedy}`
  }
  return where
}

function shortageOf(cause: DiskError): string {
  if (cause.code === 'ENFILE')
    return 'the system has no file descriptor left; raise its limit (sysctl fs.file-max), or end programs that keep files open'
  const limit = limitOf(cause)
  const all = limit === undefined ? '' : ` of its ${limit}`
  return `this process has no file descriptor left${all}; raise the limit (ulimit -n), or keep fewer files and connections open`
}

function refusalOf({ reason, detail }: DiskError): string {
  if (detail !== undefined) return detail
  return reason === 'read_only'
    ? 'the file system is read-only'
    : `permission denied for user '${currentUser()}'`
}
