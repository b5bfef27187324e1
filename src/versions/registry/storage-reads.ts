import { wrongArgument } from '../../base/misuse.js'
import { isDamage } from '../../base/errors.js'
import { isVersion } from '../../document/version-number.js'
import { NO_HEAD, type PromptHead, type PromptView } from '../prompt-heads.js'
import {
  offersPromptIds,
  offersVersionNames,
  type ListOptions,
  type VersionDocument,
} from '../version-storage.js'
import {
  factsOf,
  measure,
  offersSummaries,
  summariesOf,
  type VersionSummary,
} from '../version-summaries.js'
import { refuseUnknown } from './prompt-draft.js'
import { resolveReference, type Known, type Reference } from './reference.js'
import type { AnyStorage } from './registry-options.js'

/** The prompt as of one moment. */
export async function readView(storage: AnyStorage, promptId: string): Promise<PromptView> {
  return await storage.transact([promptId], ([view]) => ({
    changes: [],
    result: view as PromptView,
  }))
}

/** @throws TypeError for a storage that cannot list its prompts */
export async function listIds(storage: AnyStorage): Promise<readonly string[]> {
  if (offersPromptIds(storage)) return await storage.listPromptIds()
  throw wrongArgument('The storage cannot list its prompts: name one')
}

export async function readHead(storage: AnyStorage, promptId: string): Promise<PromptHead> {
  return (await storage.readHead(promptId)) ?? NO_HEAD
}

/** From the documents, where the storage has no summaries. */
export async function readSummaries(
  storage: AnyStorage,
  promptId: string,
  page?: ListOptions,
): Promise<readonly VersionSummary[]> {
  if (offersSummaries(storage)) return await storage.listVersionSummaries(promptId, page)
  const documents = await storage.listVersions(promptId, page)
  const facts = documents.map((document) =>
    factsOf(document, { size: measure(document), savedAt: undefined }),
  )
  return summariesOf(facts, await readHead(storage, promptId))
}

/** The document that a reference names; `undefined` if there is none. */
export async function readReferenced(
  storage: AnyStorage,
  promptId: string,
  reference: Reference,
): Promise<VersionDocument | undefined> {
  for (let before: string | undefined; ;) {
    const version = await resolve(storage, promptId, reference)
    if (version === undefined) return undefined
    const document = await storage.getVersion(promptId, version)
    // A label may have moved and its old version may have been deleted in between.
    if (document !== undefined || version === before) return document
    before = version
  }
}

/** @throws StorageError OPT-VER-002 that says which versions and labels there are */
export async function requireReferenced(
  storage: AnyStorage,
  promptId: string,
  reference: Reference,
): Promise<VersionDocument> {
  const document = await readReferenced(storage, promptId, reference)
  return document ?? refuseUnknown(reference, await knownOf(storage, promptId))
}

/** The latest version when a publication begins. Its document is not known if it is damaged. */
export interface Latest {
  readonly version: string
  readonly document: VersionDocument | undefined
}

export async function readLatest(
  storage: AnyStorage,
  promptId: string,
): Promise<Latest | undefined> {
  const version = (await namesOf(storage, promptId, { limit: 1, order: 'descending' })).at(-1)
  return await readDocument(storage, promptId, version)
}

export async function readDocument(
  storage: AnyStorage,
  promptId: string,
  version: string | undefined,
): Promise<Latest | undefined> {
  if (version === undefined) return undefined
  try {
    return { version, document: await storage.getVersion(promptId, version) }
  } catch (error) {
    // A damaged version must not keep the next one out.
    if (!isDamage(error)) throw error
    return { version, document: undefined }
  }
}

/** Reads no more than the reference needs. */
async function resolve(
  storage: AnyStorage,
  promptId: string,
  reference: Reference,
): Promise<string | undefined> {
  if (reference.kind === 'version') return reference.version
  if (reference.kind === 'label') {
    const { labels } = await readHead(storage, promptId)
    return Object.hasOwn(labels, reference.label) ? labels[reference.label]?.version : undefined
  }
  if (reference.kind === 'latest' && offersVersionNames(storage)) {
    const latest = await storage.getLatestVersionName(promptId)
    // Only where it is a pre-release, the others are looked at.
    if (latest === undefined || isVersion(latest)) return latest
  }
  const names = await namesOf(storage, promptId)
  return resolveReference(reference, { names, labels: new Map(), promptId })
}

/** What there is of a prompt: to resolve references, and for the error of one that names nothing. */
export async function knownOf(storage: AnyStorage, promptId: string): Promise<Known> {
  const { labels } = await readHead(storage, promptId)
  const entries = Object.entries(labels).map(([label, { version }]) => [label, version] as const)
  return { names: await namesOf(storage, promptId), labels: new Map(entries), promptId }
}

async function namesOf(
  storage: AnyStorage,
  promptId: string,
  options?: ListOptions,
): Promise<readonly string[]> {
  if (offersVersionNames(storage)) return await storage.listVersionNames(promptId, options)
  return (await readView(storage, promptId)).versions
}
