import { StorageError } from '../base/errors.js'
import { codeOf, toError } from '../base/values.js'

/** The server cannot be reached, or refuses for now. */
export function unreachable(server: string, error: unknown): StorageError {
  const cause = plain(error)
  return new StorageError('FS-UNAVAILABLE-001', `${server} cannot be used: ${cause.message}`, {
    context: { server, reason: codeOf(error) ?? 'no-answer' },
    cause,
  })
}

/** The server does not let the user in, or not do what locks need. */
export function refused(server: string, error: unknown): StorageError {
  const cause = plain(error)
  return new StorageError('FS-PERM-001', `${server} refuses the user: ${cause.message}`, {
    context: { server, reason: codeOf(error) ?? 'denied' },
    cause,
  })
}

/** Errors of clients carry their commands, with passwords among them, which must not be logged with an error. */
function plain(error: unknown): Error {
  const { message } = toError(error)
  const code = codeOf(error)
  // Of an address with several machines behind it: one error for each.
  const parts = Reflect.get(Object(error), 'errors') as unknown
  const first: unknown = Array.isArray(parts) ? parts[0] : undefined
  const text = message === '' && first !== undefined ? toError(first).message : message
  return Object.assign(new Error(text), code === undefined ? {} : { code })
}
