import { StorageError } from '../base/errors.js'
import { nearestName } from '../base/options.js'
import type { Store } from './open-store.js'

/** So many ids are compared with one that does not exist, and none that is longer: a hint must not cost a wait. */
const IDS_COMPARED_MAX = 10_000
const CHARACTERS_COMPARED_MAX = 100

/** The error for a prompt, or a version of one, that the store does not have, with what may have been meant. */
export async function notFoundIn(
  store: Store,
  promptId: string,
  version?: string,
): Promise<StorageError> {
  const latest = await store.getLatestVersionName(promptId)
  if (version !== undefined && latest !== undefined)
    return notFound(promptId, version, `; the latest is ${latest}`)
  const near = nearestId(promptId, await store.listPromptIds())
  return notFound(promptId, version, near === undefined ? '' : `; did you mean ${near}?`)
}

function notFound(promptId: string, version: string | undefined, hint: string): StorageError {
  const what =
    version === undefined
      ? `There is no prompt ${promptId}`
      : `There is no version ${version} of prompt ${promptId}`
  return new StorageError('OPT-VER-002', what + hint, {
    context: { prompt_id: promptId, ...(version === undefined ? {} : { version }) },
  })
}

function nearestId(promptId: string, ids: readonly string[]): string | undefined {
  if (promptId.length > CHARACTERS_COMPARED_MAX) return undefined
  const compared = ids.filter((id) => id.length <= CHARACTERS_COMPARED_MAX)
  return nearestName(promptId, compared.slice(0, IDS_COMPARED_MAX))
}
