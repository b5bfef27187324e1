import { StorageError } from '../base/errors.js'

/** What a call on a backend that was closed is answered with. */
export function closedBackend(place: string): StorageError {
  return new StorageError('FS-CLOSED-001', `The files in '${place}' are closed`, {
    context: { place },
  })
}
