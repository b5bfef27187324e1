import {
  HoldfastError,
  isHoldfastError,
  nameErrors,
  type HoldfastErrorOptions,
} from '../base/errors.js'
import { ARGUMENT_CODE } from '../base/misuse.js'
import { codeOf, isError } from '../base/values.js'
import { isDiskPhase } from '../disk/disk-phase.js'
import { isTransient } from '../disk/transient.js'

/** A failure that only the command line knows. */
export type CliErrorCode =
  'CLI-USAGE-001' | 'CLI-INPUT-001' | 'CLI-NOTFOUND-001' | 'CLI-INTERNAL-001'

const EXITS: Partial<Record<CliErrorCode, CliError['exit']>> = {
  'CLI-USAGE-001': 'usage',
  'CLI-NOTFOUND-001': 'notFound',
}

/** Misuse of the command line, or input that could not be read. */
export class CliError extends HoldfastError<CliErrorCode> {
  declare readonly name: 'CliError'
  /** Which exit status it leads to. */
  readonly exit: 'usage' | 'failure' | 'notFound'

  constructor(code: CliErrorCode, message: string, options?: HoldfastErrorOptions) {
    super(code, message, options)
    this.exit = EXITS[code] ?? 'failure'
  }
}

/** The process was asked to end: what is under way is completed, nothing new is begun. */
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
export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly context: Readonly<Record<string, unknown>>
  /** Whether the same command may succeed when it is run again as it is. */
  readonly retryable: boolean
}

const RETRYABLE = new Set(['FS-LOCK-001', 'FS-TIMEOUT-001', 'CLI-INTERRUPTED-001'])

export function describeError(error: unknown): ErrorReport {
  const { code, context } = facts(error)
  const message = isError(error) ? error.message : String(error)
  return { code, message, context, retryable: RETRYABLE.has(code) || mayHavePassed(context) }
}

/** The disk was busy, at each attempt. */
function mayHavePassed({ error, phase, outcome }: ErrorReport['context']): boolean {
  if (typeof error !== 'string' || !isDiskPhase(phase) || outcome !== undefined) return false
  return isTransient({ code: error, phase })
}

function facts(error: unknown): Pick<ErrorReport, 'code' | 'context'> {
  if (isHoldfastError(error)) return { code: error.code, context: error.context }
  // The library throws these for arguments that it refuses; here they came from the command line.
  if (codeOf(error) === ARGUMENT_CODE) return { code: 'CLI-USAGE-001', context: {} }
  return { code: 'CLI-INTERNAL-001', context: {} }
}
