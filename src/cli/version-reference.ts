import { StorageError } from '../base/errors.js'
import { nearestName } from '../base/options.js'
import {
  formatReference,
  parseReference,
  parseReferenceAfterAt,
  resolveReference,
  unknownReference,
  type Reference,
} from '../versions/registry/reference.js'
import { knownOf } from '../versions/registry/storage-reads.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { ReadStore } from './as-of.js'

/** What a command takes where it reads one version. */
export const VERSION_ARGUMENT =
  'a version, a range such as ^1.0, a label such as @production, or latest (the default)'

/** A version of a prompt, as a command line names it. */
export interface GivenVersion {
  /** The id, or `ID@REFERENCE` if no reference follows. */
  readonly promptId: string
  readonly wanted: string | undefined
}

/** The version that a reference names, found by names alone. */
interface Found {
  readonly promptId: string
  readonly version: string
}

/**
 * Finds the version that `ID`, `ID REFERENCE` or `ID@REFERENCE` names. An id may contain an @ itself: a prompt with the
 * whole name comes first.
 *
 * @throws StorageError OPT-VER-002 when it does not exist; TypeError for a text that cannot name a version
 */
export async function findVersion(store: ReadStore, given: GivenVersion): Promise<Found> {
  const { promptId, reference } = await parse(store, given)
  if (reference.kind === 'version') return { promptId, version: reference.version }
  const version = resolveReference(reference, await knownOf(store, promptId))
  if (version === undefined) throw await notFoundIn(store, promptId, reference)
  return { promptId, version }
}

/** The document of that version. @throws as `findVersion` does */
export async function readVersion(store: ReadStore, given: GivenVersion): Promise<PromptVersion> {
  const { promptId, version } = await findVersion(store, given)
  const document = await store.getVersion(promptId, version)
  if (document === undefined) throw await versionNotFoundIn(store, promptId, version)
  return document
}

async function parse(
  store: ReadStore,
  { promptId, wanted }: GivenVersion,
): Promise<{ readonly promptId: string; readonly reference: Reference }> {
  if (wanted !== undefined) return { promptId, reference: parseReference(wanted, 'version') }
  const at = promptId.lastIndexOf('@')
  if (at <= 0 || (await store.getLatestVersionName(promptId)) !== undefined)
    return { promptId, reference: parseReference('latest') }
  const before = promptId.slice(0, at)
  if ((await store.getLatestVersionName(before)) === undefined)
    throw await noPromptIn(store, before, promptId)
  return { promptId: before, reference: parseReferenceAfterAt(promptId.slice(at + 1), 'version') }
}

/** How many ids are compared with a missing one, and up to which length: a hint must not cost a wait. */
const IDS_COMPARED_MAX = 10_000
const CHARACTERS_COMPARED_MAX = 100

/** The error for a missing prompt, with a guess at what was meant, or for a missing version, with what there is. */
export async function notFoundIn(
  store: ReadStore,
  promptId: string,
  reference?: Reference,
): Promise<StorageError> {
  const known = await knownOf(store, promptId)
  if (reference !== undefined && known.names.length > 0)
    return notFound(unknownReference(reference, known), {
      prompt_id: promptId,
      reference: formatReference(reference),
      ...(reference.kind === 'version' ? { version: reference.version } : {}),
    })
  return await noPromptIn(store, promptId)
}

/** @param whole what was given, if that may have been meant as an id with an @ of its own */
async function noPromptIn(
  store: ReadStore,
  promptId: string,
  whole = promptId,
): Promise<StorageError> {
  const ids = await store.listPromptIds()
  const near = nearestId(promptId, ids) ?? nearestId(whole, ids)
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return notFound(`There is no prompt ${promptId}${hint}`, { prompt_id: promptId })
}

/** As `notFoundIn`, for a version that is named by its number. */
export async function versionNotFoundIn(
  store: ReadStore,
  promptId: string,
  version: string,
): Promise<StorageError> {
  return await notFoundIn(store, promptId, { kind: 'version', version })
}

function notFound(message: string, context: Readonly<Record<string, string>>): StorageError {
  return new StorageError('OPT-VER-002', message, { context })
}

function nearestId(promptId: string, ids: readonly string[]): string | undefined {
  if (promptId.length > CHARACTERS_COMPARED_MAX) return undefined
  const compared = ids.filter((id) => id.length <= CHARACTERS_COMPARED_MAX)
  return nearestName(promptId, compared.slice(0, IDS_COMPARED_MAX))
}
