import { isDeepStrictEqual } from 'node:util'
import { documentTime } from '../../base/clock.js'
import { StorageError } from '../../base/errors.js'
import { NO_HEAD, type LabelMove, type LabelState, type PromptHead } from '../prompt-heads.js'
import type { Undated } from '../time-travel.js'
import type { VersionDocument } from '../version-storage.js'
import type { FileSystemStorage } from './file-system-storage.js'

/** How a restored backup was brought to the state of a time. */
export interface RestoredAsOf {
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string
  /** Versions of the backup that did not exist at that time, or had another content: they are in the trash. */
  readonly deleted_versions: number
  /** Versions that came back from the trash. */
  readonly restored_versions: number
  /** Labels that were moved, set or removed. */
  readonly moved_labels: number
}

interface BringBackOptions {
  readonly undated: Undated | undefined
  readonly signal: AbortSignal | undefined
}

type Counts = { -readonly [Name in keyof Omit<RestoredAsOf, 'time'>]: number }

/** What a prompt has to become. */
interface Target {
  readonly promptId: string
  readonly versions: ReadonlyMap<string, VersionDocument>
  /** The version of each label. */
  readonly labels: ReadonlyMap<string, string>
  readonly reason: string
}

/** Versions that are deleted together. With their copies for the trash they fit into a transaction at any size. */
const DELETED_TOGETHER = 7

/**
 * Brings a storage to the state of a time by ordinary changes, so that its history stays true. They are not one
 * transaction: the caller has to discard the storage if this fails.
 *
 * @param storage opened with a trash and without an index, so that each list is read from the directories; used by
 * nothing else
 * @throws StorageError OPT-PAST-001 where the state is not known, or a content is gone
 */
export async function bringBack(
  storage: FileSystemStorage<VersionDocument>,
  time: string,
  { undated, signal }: BringBackOptions,
): Promise<RestoredAsOf> {
  const view = storage.asOf(time, undated === undefined ? {} : { undated })
  const counts: Counts = { deleted_versions: 0, restored_versions: 0, moved_labels: 0 }
  const done = new Set<string>()
  const left = async (): Promise<readonly string[]> => {
    const all = { records: true }
    const ids = new Set([...(await view.listPromptIds(all)), ...(await storage.listPromptIds(all))])
    return [...ids].filter((promptId) => !done.has(promptId))
  }
  // A list leaves out a directory that could not be read for a moment: they are listed until nothing is left.
  for (let ids = await left(); ids.length > 0; ids = await left())
    for (const promptId of ids) {
      signal?.throwIfAborted()
      await bringPromptBack(storage, await targetOf(view, promptId, time, undated), counts)
      done.add(promptId)
    }
  return { time, ...counts }
}

async function targetOf(
  view: ReturnType<FileSystemStorage<VersionDocument>['asOf']>,
  promptId: string,
  time: string,
  undated: Undated | undefined,
): Promise<Target> {
  const documents = await view.listVersions(promptId)
  const versions = new Map(documents.map((document) => [document.version, document]))
  const { labels } = (await view.readHead(promptId)) ?? NO_HEAD
  return {
    promptId,
    versions,
    labels: new Map(
      Object.entries(labels)
        .map(([label, { version }]) => [label, version] as const)
        // A version that counts as saved later had no labels.
        .filter(([, version]) => undated !== 'omit' || versions.has(version)),
    ),
    reason: `restore as of ${time}`,
  }
}

async function bringPromptBack(
  storage: FileSystemStorage<VersionDocument>,
  target: Target,
  counts: Counts,
): Promise<void> {
  const { promptId, versions } = target
  const stored = await storage.listVersionNames(promptId)
  const surplus = new Set<string>()
  for (const version of stored) {
    const wanted = versions.get(version)
    const isSame =
      wanted !== undefined && isDeepStrictEqual(await storage.getVersion(promptId, version), wanted)
    if (!isSame) surplus.add(version)
  }
  // A number that was given again is free only when its later version is deleted.
  const [missing, replaced] = [
    [...versions.keys()].filter((version) => !stored.includes(version)),
    [...versions.keys()].filter((version) => surplus.has(version)),
  ]
  await restoreAll(storage, target, missing, counts)
  await moveLabels(storage, target, replaced, counts)
  const doomed = [...surplus]
  for (let at = 0; at < doomed.length; at += DELETED_TOGETHER) {
    const some = doomed.slice(at, at + DELETED_TOGETHER)
    counts.deleted_versions += (await storage.deleteVersions(promptId, some)).length
  }
  if (replaced.length === 0) return
  await restoreAll(storage, target, replaced, counts)
  await moveLabels(storage, target, [], counts)
}

async function restoreAll(
  storage: FileSystemStorage<VersionDocument>,
  { promptId, versions }: Target,
  names: readonly string[],
  counts: Counts,
): Promise<void> {
  for (const version of names) {
    const content = versions.get(version) as VersionDocument
    if (!(await storage.restoreVersion(promptId, version, { content })))
      throw new StorageError(
        'OPT-VER-002',
        `Version ${version} of prompt ${promptId} is not in the trash with the content that it had`,
        { context: { prompt_id: promptId, version } },
      )
    counts.restored_versions++
  }
}

/** @param without versions that no label may name yet: they are deleted and restored first */
async function moveLabels(
  storage: FileSystemStorage<VersionDocument>,
  { promptId, labels, reason }: Target,
  without: readonly string[],
  counts: Counts,
): Promise<void> {
  const wanted = new Map([...labels].filter(([, version]) => !without.includes(version)))
  const moved = await storage.transact([promptId], ([view]) => {
    const head = view?.head ?? NO_HEAD
    const at = documentTime().toISOString()
    const moves = movesTo(head, wanted).map((move) => ({ ...move, by: null, reason, at }))
    if (moves.length === 0) return { changes: [], result: 0 }
    const states = new Map<string, LabelState>(Object.entries(head.labels))
    for (const { label, to } of moves) {
      if (to === null) states.delete(label)
      else states.set(label, { version: to, by: null, reason, at })
    }
    // fromEntries defines own properties: a label may have any name.
    const after = { ...head, labels: Object.fromEntries(states) }
    return { changes: [{ promptId, head: after, moves }], result: moves.length }
  })
  counts.moved_labels += moved
}

/** Labels that are where they were keep their state. */
function movesTo(
  { labels }: PromptHead,
  wanted: ReadonlyMap<string, string>,
): readonly Pick<LabelMove, 'label' | 'from' | 'to'>[] {
  const before = new Map(Object.entries(labels).map(([label, { version }]) => [label, version]))
  return [...new Set([...before.keys(), ...wanted.keys()])].flatMap((label) => {
    const [from = null, to = null] = [before.get(label), wanted.get(label)]
    return from === to ? [] : [{ label, from, to }]
  })
}
