import {
  highestVersion,
  isVersion,
  isVersionRange,
  STORED_VERSIONS,
} from '../document/version-number.js'
import { CliError } from './errors.js'
import type { Store } from './open-store.js'
import { StorageError } from '../base/errors.js'
import { nearestName } from '../base/options.js'

/** A version of a prompt, as a command line names it. */
export interface Reference {
  readonly promptId: string
  /** A version, a range of them, `latest`; undefined for the latest. */
  readonly wanted: string | undefined
}

/** The version that a reference names, found by names alone. */
interface Found {
  readonly promptId: string
  readonly version: string
}

/**
 * Finds the version that `ID`, `ID VERSION`, `ID RANGE`, `ID latest`, or one of these as `ID@...` names. An id may
 * contain an @ itself: a prompt with the whole name comes first.
 *
 * @throws StorageError OPT-VER-002 when it does not exist; CliError for a text that cannot name a version
 */
export async function findVersion(store: Store, given: Reference): Promise<Found> {
  const { promptId, wanted } = await splitReference(store, given)
  if (wanted === undefined || wanted === 'latest') {
    const version = await store.getLatestVersionName(promptId)
    if (version === undefined) throw await notFoundIn(store, promptId)
    return { promptId, version }
  }
  const isNumber: boolean = isVersion(wanted, STORED_VERSIONS)
  if (isNumber) return { promptId, version: wanted }
  if (!isVersionRange(wanted))
    throw new CliError(
      'CLI-USAGE-001',
      `The version must be a number such as 1.0.2, a range such as ^1.0 or 1.x, or latest, got ${wanted}`,
    )
  const version = highestVersion(await store.listVersionNames(promptId), wanted)
  if (version === undefined) throw await notFoundIn(store, promptId, wanted)
  return { promptId, version }
}

async function splitReference(store: Store, given: Reference): Promise<Reference> {
  const at = given.promptId.lastIndexOf('@')
  if (given.wanted !== undefined || at <= 0) return given
  if ((await store.getLatestVersionName(given.promptId)) !== undefined) return given
  return { promptId: given.promptId.slice(0, at), wanted: given.promptId.slice(at + 1) }
}

/** How many ids are compared with a missing one, and up to which length: a hint must not cost a wait. */
const IDS_COMPARED_MAX = 10_000
const CHARACTERS_COMPARED_MAX = 100

/** The error for a missing prompt, or a missing version of one, with a guess at what was meant. */
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
