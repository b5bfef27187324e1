import { isDeepStrictEqual } from 'node:util'
import { codeOf } from '../../base/values.js'
import { freezeJson } from '../../document/freeze-json.js'
import { freezeUnfrozen } from '../../document/json.js'
import { nextVersion, type Bump } from '../../document/version-number.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { acceptVersion } from '../accept-version.js'
import {
  NO_HEAD,
  offersTransactions,
  type Decision,
  type PromptView,
  type VersionTransactions,
} from '../prompt-heads.js'
import { nextNumber } from '../registry/prompt-draft.js'
import { offersVersionNames, type VersionStorage } from '../version-storage.js'
import { checkExpected } from './new-version.js'
import { promptVersionSchema, type PromptVersion } from './prompt-version.js'

/** A version without its number. */
export type Draft = Omit<PromptVersion, 'version' | 'prompt_id' | 'created_at'>

/** How a version gets its number. */
export interface Numbering {
  readonly bump: Bump
  readonly expectedLatest?: string | null | undefined
  /** Whether the latest version is returned if it has the same content. */
  readonly acceptsSame?: boolean
  /** Whether the caller named the parent. */
  readonly hasParent?: boolean
}

interface Place extends Numbering {
  readonly promptId: string
  readonly now: () => Date
}

/** How often a new version tries to get a number, when other processes are faster, before it fails. */
const CREATE_ATTEMPTS_MAX = 100
/** The storage decides about pre-releases, not its callers. */
const RULES = { schema: promptVersionSchema, allowPrerelease: true }

/**
 * Saves the next version and returns it as it is stored. The number is chosen in the commit if the storage has
 * transactions, and is then higher than all that were given before; otherwise the next one is tried where another
 * process was faster.
 *
 * @param draft the content after a latest version
 */
export async function appendVersion(
  storage: VersionStorage,
  place: Place,
  draft: (latest: string | undefined) => Draft,
): Promise<PromptVersion> {
  if (!offersTransactions(storage)) return await tryNumbers(storage, place, draft)
  const { promptId } = place
  for (;;) {
    const latest = place.acceptsSame === true ? await storage.getLatestVersion(promptId) : undefined
    const document = await storage.transact([promptId], ([view]) =>
      decide(view as PromptView, place, draft, latest),
    )
    if (document !== undefined) return document
  }
}

/** False when it did not exist. If it has the highest number, this is recorded where the storage has transactions. */
export async function deleteVersion(
  storage: VersionStorage & Partial<VersionTransactions>,
  promptId: string,
  version: string,
): Promise<boolean> {
  checkPromptId(promptId)
  if (!offersTransactions(storage)) return await storage.deleteVersion(promptId, version)
  const isDeleted = await storage.transact([promptId], ([view]) => {
    // The storage records the highest number in the head: the prompt gets one if it has none.
    const isHighest = view?.versions.at(-1) === version
    const change = { promptId, delete: [version], head: view?.head ?? NO_HEAD }
    return { changes: isHighest ? [change] : [], result: isHighest }
  })
  return isDeleted || (await storage.deleteVersion(promptId, version))
}

/** The result is `undefined` if another call has saved a version since `same` was read. */
function decide(
  { promptId, head, versions }: PromptView,
  numbering: Place,
  draft: (latest: string | undefined) => Draft,
  same: PromptVersion | undefined,
): Decision<PromptVersion, PromptVersion | undefined> {
  const latest = versions.at(-1)
  if (numbering.acceptsSame === true && latest !== same?.version)
    return { changes: [], result: undefined }
  const given = {
    version: nextNumber(versions, head?.highest ?? null, numbering.bump),
    prompt_id: promptId,
    created_at: numbering.now().toISOString(),
    ...draft(latest),
  }
  const document = freezeUnfrozen(promptVersionSchema.parse(freezeJson(given)))
  if (same !== undefined && isSameDraft(same, document, numbering))
    return { changes: [], result: same }
  checkExpected(promptId, latest, numbering.expectedLatest)
  return { changes: [{ promptId, save: [document] }], result: document }
}

async function tryNumbers(
  storage: VersionStorage,
  numbering: Place,
  draft: (latest: string | undefined) => Draft,
): Promise<PromptVersion> {
  const { promptId } = numbering
  const refused = new Set<string>()
  for (let attempt = 1; ; attempt++) {
    const latest = await latestName(storage, promptId)
    const version = nextVersion(latest, numbering.bump)
    const created_at = numbering.now().toISOString()
    const given = { version, prompt_id: promptId, created_at, ...draft(latest) }
    // Returned as it is stored, so that no read can fail after the save has succeeded.
    const document = await acceptVersion(given, RULES)
    if (numbering.acceptsSame === true) {
      const same = await storage.getLatestVersion(promptId)
      if (same !== undefined && isSameDraft(same, document, numbering)) return same
    }
    checkExpected(promptId, latest, numbering.expectedLatest)
    try {
      await storage.saveVersion(document)
      return document
    } catch (error) {
      if (codeOf(error) !== 'OPT-VER-001' || attempt === CREATE_ATTEMPTS_MAX) throw error
      // The same latest version as before leads to the same number, and to the same conflict.
      if (refused.has(version)) throw error
      refused.add(version)
    }
  }
}

async function latestName(storage: VersionStorage, promptId: string): Promise<string | undefined> {
  if (offersVersionNames(storage)) return await storage.getLatestVersionName(promptId)
  return (await storage.getLatestVersion(promptId))?.version
}

/** Ignores what a second call cannot repeat: number, time, and a parent that the caller did not name. */
function isSameDraft(
  stored: PromptVersion,
  document: PromptVersion,
  { hasParent }: Numbering,
): boolean {
  const { version, created_at, parent_version } = stored
  const parent = hasParent === true ? {} : { parent_version }
  // A copy, since a storage of another realm returns objects of that realm.
  return isDeepStrictEqual({ ...document, version, created_at, ...parent }, freezeJson(stored))
}
