import { StorageError } from '../errors.js'

/** The error for a prompt, or a version of one, that the store does not have. */
export function notFound(promptId: string, version?: string): StorageError {
  const message =
    version === undefined
      ? `There is no prompt ${promptId}`
      : `There is no version ${version} of prompt ${promptId}`
  return new StorageError('OPT-VER-002', message, {
    context: { prompt_id: promptId, ...(version === undefined ? {} : { version }) },
  })
}
