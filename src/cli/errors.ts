import {
  HoldfastError,
  isHoldfastError,
  isStorageError,
  nameErrors,
  type HoldfastErrorOptions,
  type StorageError,
  type StorageErrorCode,
} from '../base/errors.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isError } from '../base/values.js'
import { DiskError, isDiskPhase, isTransient } from '../disk/disk-error.js'

/** The failures of the command line itself. */
type CliErrorCode = 'CLI-USAGE-001' | 'CLI-INPUT-001' | 'CLI-NOTFOUND-001' | 'CLI-INTERNAL-001'

const EXITS: Partial<Record<CliErrorCode, CliError['exit']>> = {
  'CLI-USAGE-001': 'usage',
  'CLI-NOTFOUND-001': 'notFound',
}

/** Misuse of the command line, or input that could not be read. */
export class CliError extends HoldfastError<CliErrorCode> {
  declare readonly name: 'CliError'
  /** Its exit status. */
  readonly exit: 'usage' | 'failure' | 'notFound'

  constructor(code: CliErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, message, options)
    this.exit = EXITS[code] ?? 'failure'
  }
}

/** The process was asked to end: work under way is completed, nothing new begins. */
export class Interruption extends HoldfastError<'CLI-INTERRUPTED-001'> {
  declare readonly name: 'Interruption'
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM', exitCode: number) {
    super('CLI-INTERRUPTED-001', `Ended by ${signal}`)
    this.exitCode = exitCode
  }
}

nameErrors(CliError, 'CliError')
nameErrors(Interruption, 'Interruption')

/** What `--json` prints for a failure, under the key `error`. */
interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
  /** Whether the same command may succeed when it is run again unchanged. */
  readonly retryable: boolean
}

const RETRYABLE = new Set(['FS-LOCK-001', 'FS-TIMEOUT-001', 'CLI-INTERRUPTED-001'])

export function describeError(error: unknown): ErrorReport {
  const { code, context } = facts(error)
  const message = isError(error) ? error.message : String(error)
  return { code, message, context, retryable: RETRYABLE.has(code) || mayHavePassed(context) }
}

/** Whether the disk was busy, at each attempt. */
function mayHavePassed({ error, phase, outcome }: ErrorReport['context']): boolean {
  if (typeof error !== 'string' || !isDiskPhase(phase) || outcome !== undefined) return false
  return isTransient({ code: error, phase })
}

function facts(error: unknown): Pick<ErrorReport, 'code' | 'context'> {
  if (isHoldfastError(error)) return { code: error.code, context: error.context }
  // The library throws these for arguments that it refuses; those came from the command line.
  if (codeOf(error) === ARGUMENT_CODE) return { code: 'CLI-USAGE-001', context: {} }
  return { code: 'CLI-INTERNAL-001', context: {} }
}

/** The exit statuses. Documented in README.md; scripts depend on them. */
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
  noGain: 11,
  budgetSpent: 12,
} as const

const BY_CODE: Partial<Record<StorageErrorCode, number>> = {
  'FS-LOAD-001': EXIT.integrity,
  'FS-LOAD-002': EXIT.integrity,
  'FS-JOURNAL-001': EXIT.integrity,
  'FS-LOCK-001': EXIT.lockTimeout,
  'FS-LOCK-002': EXIT.lockTimeout,
  'FS-READONLY-001': EXIT.readOnly,
  'FS-TIMEOUT-001': EXIT.unavailable,
  'FS-CONFLICT-001': EXIT.conflict,
  'FS-CRYPT-001': EXIT.integrity,
  'FS-CODEC-001': EXIT.integrity,
  'FS-UNAVAILABLE-001': EXIT.unavailable,
  'FS-QUOTA-001': EXIT.noSpace,
  'OPT-VER-001': EXIT.conflict,
  'OPT-VER-002': EXIT.notFound,
  'OPT-LABEL-001': EXIT.conflict,
}

/** The files that describe the store are unreadable. */
const DAMAGED = new Set<unknown>(['metadata', 'format'])
const NO_SPACE = new Set(['ENOSPC', 'EDQUOT'])

/** The exit status for an error: the cause decides, not the command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode
  if (error instanceof CliError) return EXIT[error.exit]
  if (isStorageError(error)) return storageExitCode(error)
  const code = codeOf(error)
  if (code === ARGUMENT_CODE) return EXIT.usage
  return code === 'OPT-REPLAY-001' ? EXIT.notFound : EXIT.failure
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
