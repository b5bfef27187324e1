import { isStorageError, type StorageError } from '../base/errors.js'

/** The reason of a refusal by a client of a cloud that finds no credentials. */
export const NO_CREDENTIALS = 'no-credentials' as const

/** Why changes are not given to the cloud. */
export interface Outage {
  /** As on the channel of warnings. */
  readonly code: 'cloud-down' | typeof NO_CREDENTIALS
  readonly message: string
}

/** The cloud cannot be reached or asked, or has left open what became of a request. */
export function isOutage(error: unknown): error is StorageError {
  if (!isStorageError(error)) return false
  return (
    error.code === 'FS-UNAVAILABLE-001' ||
    error.code === 'FS-TIMEOUT-001' ||
    lacksCredentials(error)
  )
}

/** Unlike those that are refused: nothing was sent. */
function lacksCredentials({ code, context }: StorageError): boolean {
  return code === 'FS-PERM-001' && context['reason'] === NO_CREDENTIALS
}

export function outageOf(error: StorageError): Outage {
  const code = lacksCredentials(error) ? NO_CREDENTIALS : 'cloud-down'
  return { code, message: error.message }
}
