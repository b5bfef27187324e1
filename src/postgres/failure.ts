import { isStorageError, StorageError, type StorageErrorCode } from '../base/errors.js'
import { codeOf, toError } from '../base/values.js'

/** What failed, for the messages. */
export interface Attempted {
  /** As 'Cannot save to'. */
  readonly what: string
  /** The database, without secrets. */
  readonly place: string
  /** For a failure that has no code of its own. */
  readonly fallback: StorageErrorCode
}

/** States of SQL that have a code, by their first characters: the longest that fits counts. */
const CODES: Readonly<Record<string, StorageErrorCode>> = {
  '08': 'FS-UNAVAILABLE-001',
  '25006': 'FS-READONLY-001',
  '28': 'FS-PERM-001',
  '3D': 'FS-FORMAT-001',
  '3F': 'FS-FORMAT-001',
  '40': 'FS-UNAVAILABLE-001',
  '42501': 'FS-PERM-001',
  '42P01': 'FS-FORMAT-001',
  '42703': 'FS-FORMAT-001',
  '42883': 'FS-FORMAT-001',
  '53': 'FS-UNAVAILABLE-001',
  '53100': 'FS-IO-001',
  '55P03': 'FS-LOCK-001',
  '57014': 'FS-TIMEOUT-001',
  '57P': 'FS-UNAVAILABLE-001',
  '58': 'FS-IO-001',
  XX001: 'FS-IO-001',
  XX002: 'FS-IO-001',
}

/** The SQLSTATE of what the server said; undefined for a failure of the connection. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error)
  // Errors of the system have names such as EPIPE, without a digit.
  return code !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Whether the connection is gone, or of no more use: what it was asked for last may have been done. */
export function isLost(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === undefined || /^(?:08|57P)/.test(state)
}

/** Whether the server has rolled a transaction back because of others: it may be made again. */
export function isRolledBack(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '40001' || state === '40P01'
}

/** Whether a connection may be there after a while: the server restarts, or has too many. */
export function isTemporary(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state === undefined) return true
  return /^(?:08|57P|53)/.test(state)
}

/** The error of a failed operation after which nothing is changed. */
export function failureOf(error: unknown, { what, place, fallback }: Attempted): unknown {
  if (isStorageError(error)) return error
  const state = sqlStateOf(error)
  const code = state === undefined ? 'FS-UNAVAILABLE-001' : (codeFor(state) ?? fallback)
  const { message } = toError(error)
  return new StorageError(code, `${what} ${place}: ${message}`, {
    context: {
      outcome: 'none',
      ...(state === undefined ? {} : { sql_state: state }),
      ...(state === undefined && codeOf(error) !== undefined ? { error: codeOf(error) } : {}),
    },
    cause: withoutSecrets(error),
  })
}

/** The error of a change whose outcome could not be found out. */
export function unknownOutcome(error: unknown, { what, place }: Attempted): StorageError {
  return new StorageError(
    'FS-TIMEOUT-001',
    `${what} ${place}: the connection was lost after the change was sent, and the server could not be asked whether it was committed`,
    { context: { outcome: 'unknown' }, cause: withoutSecrets(error) },
  )
}

/** What an error says. The driver's own objects refer to the connection, and with it to its password. */
function withoutSecrets(error: unknown): Error {
  const { name, message } = toError(error)
  const code = codeOf(error)
  const cause = new Error(message)
  cause.name = name
  return code === undefined ? cause : Object.assign(cause, { code })
}

function codeFor(state: string): StorageErrorCode | undefined {
  for (let length = state.length; length >= 2; length--) {
    const code = CODES[state.slice(0, length)]
    if (code !== undefined) return code
  }
  return undefined
}
