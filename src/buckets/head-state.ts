import type { PlannedChange } from '../versions/prompt-change.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { CopiedRecord } from '../versions/version-copies.js'
import type { CommitTimesByVersion, HistoryEntry } from '../versions/prompt-history.js'

/** An object under the name of a version that is not a version any more, wherever it still is. */
export interface RemovedObject {
  readonly id: string
  /** When it was removed: ISO 8601, UTC. */
  readonly at: string
}

/** A transaction that is under way: see transactions.ts. */
export interface Prepared {
  readonly id: string
  /** Whether a record decides it, since it concerns several prompts. */
  readonly isShared: boolean
  /** The versions that it saves: objects with its id are not versions yet. */
  readonly saves: readonly string[]
  /** The prompt after it. */
  readonly after: HeadState
}

/** What is kept of a prompt beside the objects of its versions. */
export interface HeadState {
  readonly promptId: string
  /** Grows with each change of this object, so that no two of its contents are the same. */
  readonly changes: number
  /** The ids of the last transactions. */
  readonly recent: readonly string[]
  readonly head: PromptHead | undefined
  /** Begins the names of the pages: another one when the history is replaced as a whole. */
  readonly epoch: string
  /** How many full pages of the history are in objects of their own. */
  readonly pages: number
  /** What follows them. */
  readonly tail: readonly HistoryEntry[]
  /** By version. */
  readonly removed: ReadonlyMap<string, readonly RemovedObject[]>
  readonly prepared: Prepared | undefined
}

const FIRST_EPOCH = '0'
/** Entries of a page of the history. */
export const PAGE_ENTRIES = 64
/** How many ids of transactions are kept: an unclear outcome is asked for at once. */
export const RECENT_MAX = 32

export function emptyHead(promptId: string): HeadState {
  return {
    promptId,
    changes: 0,
    recent: [],
    head: undefined,
    epoch: FIRST_EPOCH,
    pages: 0,
    tail: [],
    removed: new Map(),
    prepared: undefined,
  }
}

/** A version that is deleted: its object, and when it was saved. */
export interface DeletedVersion {
  readonly id: string
  readonly savedAt: string | null
}

export interface Commit {
  readonly id: string
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string
  readonly change: Pick<PlannedChange<unknown>, 'head' | 'moves' | 'record'> | undefined
  readonly deleted: ReadonlyMap<string, DeletedVersion>
}

/** The prompt after a transaction. */
export function committed(state: HeadState, commit: Commit): HeadState {
  const { id, at, change, deleted } = commit
  const removed = new Map(state.removed)
  for (const [version, { id: object }] of deleted)
    removed.set(version, [...(removed.get(version) ?? []), { id: object, at }])
  const next = {
    ...state,
    changes: state.changes + 1,
    recent: [...state.recent, id].slice(-RECENT_MAX),
    removed,
    prepared: undefined,
  }
  return { ...next, ...(change?.record ? copied(id, change.record) : changed(state, commit)) }
}

type RecordFields = Pick<HeadState, 'head' | 'epoch' | 'pages' | 'tail'>

function changed(state: HeadState, { at, change, deleted }: Commit): RecordFields {
  const { pages, tail } = withoutFullPage(state)
  return {
    head: change?.head ?? state.head,
    epoch: state.epoch,
    pages,
    tail: [...tail, ...(change?.moves ?? []), ...deletionOf(deleted, at)],
  }
}

/** A copy: its history replaces the one that is there, in an epoch of its own. */
function copied(epoch: string, { head, history }: CopiedRecord): RecordFields {
  const pages = Math.floor(history.length / PAGE_ENTRIES)
  return { head, epoch, pages, tail: history.slice(pages * PAGE_ENTRIES) }
}

/** The pages of the history of a copy. */
export function copiedPages({ history }: CopiedRecord): readonly (readonly HistoryEntry[])[] {
  const pages = Math.floor(history.length / PAGE_ENTRIES)
  return Array.from({ length: pages }, (_, page) =>
    history.slice(page * PAGE_ENTRIES, (page + 1) * PAGE_ENTRIES),
  )
}

/** The page that the next transaction moves out of the head; undefined if it is not full. */
export function fullPage({ tail }: HeadState): readonly HistoryEntry[] | undefined {
  return tail.length >= 2 * PAGE_ENTRIES ? tail.slice(0, PAGE_ENTRIES) : undefined
}

export function preparedFor(state: HeadState, prepared: Prepared): HeadState {
  // What comes after it has a number of its own: no content of the object recurs.
  const after = { ...prepared.after, changes: state.changes + 2 }
  return { ...state, changes: state.changes + 1, prepared: { ...prepared, after } }
}

/** The prompt after the transaction that is under way was given up: its objects are not versions, however late. */
export function abandoned(state: HeadState, at: string): HeadState {
  const { prepared } = state
  if (prepared === undefined) return state
  const removed = new Map(state.removed)
  for (const version of prepared.saves)
    removed.set(version, [...(removed.get(version) ?? []), { id: prepared.id, at }])
  return { ...state, changes: state.changes + 1, removed, prepared: undefined }
}

/** The prompt after everything in it was removed. */
export function cleared(
  state: HeadState,
  at: string,
  objects: ReadonlyMap<string, string>,
  epoch: string,
): HeadState {
  const removed = new Map(state.removed)
  for (const [version, id] of objects)
    removed.set(version, [...(removed.get(version) ?? []), { id, at }])
  return {
    ...emptyHead(state.promptId),
    changes: state.changes + 1,
    recent: state.recent,
    epoch,
    removed,
  }
}

/** What an object under the name of a version is: by the head that was read after it. */
export function judge(state: HeadState, version: string, id: string): 'live' | 'dead' | 'pending' {
  if (state.removed.get(version)?.some((one) => one.id === id) === true) return 'dead'
  return state.prepared?.id === id ? 'pending' : 'live'
}

/** The versions whose objects have to be looked at, since their names do not say what they are. */
export function doubtful({ removed, prepared }: HeadState): ReadonlySet<string> {
  return new Set([...removed.keys(), ...(prepared?.saves ?? [])])
}

/** Without what is known to be gone. */
export function withoutRemoved(
  state: HeadState,
  gone: ReadonlyMap<string, ReadonlySet<string>>,
): HeadState {
  if (gone.size === 0) return state
  const removed = new Map<string, readonly RemovedObject[]>()
  for (const [version, objects] of state.removed) {
    const left = objects.filter(({ id }) => gone.get(version)?.has(id) !== true)
    if (left.length > 0) removed.set(version, left)
  }
  return { ...state, removed }
}

function withoutFullPage(state: HeadState): Pick<HeadState, 'pages' | 'tail'> {
  const { pages, tail } = state
  return fullPage(state) === undefined
    ? { pages, tail }
    : { pages: pages + 1, tail: tail.slice(PAGE_ENTRIES) }
}

/** One entry for all. Nothing is deleted before it was saved, whatever the clocks of the writers say. */
function deletionOf(
  deleted: ReadonlyMap<string, DeletedVersion>,
  at: string,
): readonly HistoryEntry[] {
  if (deleted.size === 0) return []
  const times = [...deleted].map(([version, { savedAt }]) => [version, savedAt] as const)
  const latest = times.map(([, savedAt]) => savedAt ?? '').reduce((a, b) => (a > b ? a : b), at)
  const byVersion = Object.fromEntries(times) as CommitTimesByVersion
  return [{ deleted: byVersion, trash: false, at: latest }]
}
