import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isError } from '../base/values.js'
import { isStorageError, type StorageError, type StorageErrorCode } from '../base/errors.js'
import { DiskError } from '../disk/disk-error.js'
import { CliError, Interruption } from './errors.js'

/** What the exit status says. Documented in README.md; scripts depend on it. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  integrity: 5,
  lockTimeout: 6,
  unavailable: 7,
  noSpace: 8,
  missing: 9,
  readOnly: 10,
} as const

const BY_CODE: Partial<Record<StorageErrorCode, number>> = {
  'FS-LOAD-001': EXIT.integrity,
  'FS-LOAD-002': EXIT.integrity,
  'FS-JOURNAL-001': EXIT.integrity,
  'FS-LOCK-001': EXIT.lockTimeout,
  'FS-READONLY-001': EXIT.readOnly,
  'FS-TIMEOUT-001': EXIT.unavailable,
  'FS-CONFLICT-001': EXIT.conflict,
  'FS-CRYPT-001': EXIT.integrity,
  'FS-CODEC-001': EXIT.integrity,
  'FS-UNAVAILABLE-001': EXIT.unavailable,
  'FS-QUOTA-001': EXIT.noSpace,
  'OPT-VER-001': EXIT.conflict,
  'OPT-VER-002': EXIT.notFound,
}

/** Files that say what the store is, and cannot be read. */
const DAMAGED = new Set<unknown>(['metadata', 'format'])
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

/** The exit status for an error: the cause decides, whatever command failed. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode
  if (error instanceof CliError) return EXIT[error.exit]
  if (isStorageError(error)) return storageExitCode(error)
  if (codeOf(error) === ARGUMENT_CODE) return EXIT.usage
  return EXIT.failure
}

function storageExitCode(error: StorageError): number {
  if (isOutOfSpace(error)) return EXIT.noSpace
  if (error.context['reason'] === 'no_store') return EXIT.notFound
  if (DAMAGED.has(error.context['reason'])) return EXIT.integrity
  if (error.code === 'FS-IO-001' && 'disk' in error.context) return EXIT.unavailable
  return BY_CODE[error.code] ?? EXIT.failure
}

function isOutOfSpace(error: StorageError): boolean {
  if (error.context['reason'] === 'disk_space') return true
  for (let cause: unknown = error; isError(cause); cause = cause.cause) {
    if (cause instanceof DiskError && NO_SPACE.has(cause.code)) return true
  }
  return false
}
