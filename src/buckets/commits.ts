import { nowMs, nowText } from '../base/clock.js'
import { mapLimited } from '../base/map-limited.js'
import type { LabelMove } from '../versions/prompt-heads.js'
import type { SourceChange } from '../versions/source/document-source.js'
import { inBackground } from './background.js'
import { idOf, isMarker, newId, type Bucket } from './bucket.js'
import type { DocumentObjects } from './document-objects.js'
import { failedChange, nothingDone, outcomeForgotten, withNothingDone } from './failure.js'
import {
  abandoned,
  committed,
  copiedPages,
  fullPage,
  preparedFor,
  RECENT_MAX,
  withoutRemoved,
  type DeletedVersion,
  type HeadState,
} from './head-state.js'
import { discardPages, keepPage } from './history-pages.js'
import type { Heads, ReadHead } from './heads.js'
import type { ObjectNames } from './object-names.js'
import { SAVED_AT, type PromptLook, type PromptReader } from './prompt-reader.js'
import type { TransactionRecords } from './records.js'

/** What a commit has changed in a prompt. */
export interface PromptCommit {
  readonly promptId: string
  /** The ETags or generations of the objects, by version. */
  readonly saved: ReadonlyMap<string, string>
  readonly deleted: readonly string[]
  /** Undefined for a copy, which replaces the history. */
  readonly moves: readonly LabelMove[] | undefined
  readonly isHeadChanged: boolean
  /** Undefined if the head was not touched. */
  readonly state: HeadState | undefined
}

export interface CommitParts {
  readonly bucket: Bucket
  readonly names: ObjectNames
  readonly heads: Heads
  readonly records: TransactionRecords
  readonly reader: PromptReader
  readonly documents: DocumentObjects
}

/** What a transaction makes of a prompt. */
interface Plan {
  readonly head: ReadHead
  /** Undefined for a prompt that was only read. */
  readonly change: SourceChange | undefined
  readonly deleted: ReadonlyMap<string, DeletedVersion>
  readonly after: HeadState
}

const AT_ONCE = 16
/** No request is under way for that long. */
const LATEST_REQUEST_MS = 3_600_000
/** Most versions whose removed objects one commit looks for. */
const SWEPT_AT_ONCE = 16

/**
 * Commits what was decided about prompts, if their heads are as they were read.
 *
 * One prompt, nothing saved: its head is replaced, and that is the commit. Otherwise each head is replaced by one that
 * announces the transaction; then the objects of its versions are created, which are not versions yet. For one prompt,
 * the commit is the next change of the head; for several, the creation of a record, which the heads follow. A process
 * that meets an announced transaction without progress undoes it in the same way: by the next change of the head, or by
 * creating the record.
 */
export class Commits {
  readonly #parts: CommitParts

  constructor(parts: CommitParts) {
    this.#parts = parts
  }

  /**
   * Undefined if something has changed: nothing was committed.
   * @throws StorageError with `outcome` 'none' or 'unknown' if the service cannot be reached
   */
  async commit(
    looks: readonly PromptLook[],
    changes: readonly SourceChange[],
  ): Promise<{ readonly done: readonly PromptCommit[] } | undefined> {
    const id = newId()
    const plans = await nothingDone(async () => await this.#plans(id, looks, changes))
    if (plans === undefined) return undefined
    const [only] = plans
    const isDirect = plans.length === 1 && only?.change?.save.length === 0
    const done = isDirect ? await this.#direct(id, only) : await this.#prepared(id, plans)
    if (done === undefined) return undefined
    await inBackground(this.#parts.bucket, 'remove', async () => await this.#removeDeleted(plans))
    return { done }
  }

  async #direct(id: string, plan: Plan): Promise<readonly PromptCommit[] | undefined> {
    const isDone = await this.#decide(id, plan.head, plan.after)
    return isDone ? [commitOf(plan, new Map())] : undefined
  }

  async #prepared(
    id: string,
    plans: readonly Plan[],
  ): Promise<readonly PromptCommit[] | undefined> {
    const held: ReadHead[] = []
    let saved: ReadonlyMap<Plan, ReadonlyMap<string, string>> | undefined
    try {
      if (await this.#hold(id, plans, held)) saved = await this.#place(id, plans)
    } catch (error) {
      await this.#release(id, held)
      throw withNothingDone(error)
    }
    const isDone = saved !== undefined && (await this.#decideHeld(id, held))
    if (!isDone) {
      await this.#release(id, held)
      return undefined
    }
    return plans
      .filter(({ change }) => change !== undefined)
      .map((plan) => commitOf(plan, saved?.get(plan) ?? new Map<string, string>()))
  }

  /** Announces the transaction in each head, in one order for all. False if one has changed. */
  async #hold(id: string, plans: readonly Plan[], held: ReadHead[]): Promise<boolean> {
    const { heads } = this.#parts
    const isShared = plans.length > 1
    for (const { head, change, after } of plans) {
      const saves = change?.save.map(({ version }) => version) ?? []
      const next = preparedFor(head.state, { id, isShared, saves, after })
      const swapped = (await heads.swap(head, next)) ?? (await heads.read(head.state.promptId))
      if (swapped.state.prepared?.id !== id) return false
      held.push(swapped)
    }
    return true
  }

  /** Creates the objects of the versions. Undefined if one exists. */
  async #place(
    id: string,
    plans: readonly Plan[],
  ): Promise<ReadonlyMap<Plan, ReadonlyMap<string, string>> | undefined> {
    const { documents } = this.#parts
    const all = plans.flatMap((plan) =>
      (plan.change?.save ?? []).map((document) => ({ plan, document })),
    )
    let isRefused = false
    const tags = await mapLimited(all, AT_ONCE, async ({ document }) => {
      if (isRefused) return ''
      await documents.keepId(document.promptId)
      const placed = await documents.place(document, { id, isPending: true })
      if (typeof placed === 'object') return placed.version
      isRefused = true
      return ''
    })
    if (isRefused) return undefined
    const saved = new Map(plans.map((plan) => [plan, new Map<string, string>()]))
    for (const [at, { plan, document }] of all.entries())
      saved.get(plan)?.set(document.version, tags[at] ?? '')
    return saved
  }

  /** False if another process has undone it. */
  async #decideHeld(id: string, held: readonly ReadHead[]): Promise<boolean> {
    const [only] = held
    const { heads, records, bucket } = this.#parts
    if (held.length === 1 && only?.state.prepared !== undefined)
      return await this.#decide(id, only, only.state.prepared.after)
    const promptIds = held.map(({ state }) => state.promptId)
    const outcome = await records.decide(id, 'committed', promptIds)
    if (outcome === 'aborted') return false
    await inBackground(bucket, 'finish', async () => {
      await mapLimited(promptIds, AT_ONCE, async (promptId) => await heads.finish(promptId, id))
      await records.remove(id)
    })
    return true
  }

  /** Replaces a head by what comes after the transaction. False if it was another one. */
  async #decide(id: string, from: ReadHead, after: HeadState): Promise<boolean> {
    const { heads } = this.#parts
    let isSent = false
    for (;;) {
      try {
        if ((await heads.swap(from, after)) !== undefined) return true
        isSent = true
        const { state, object } = await heads.read(from.state.promptId)
        if (state.recent.includes(id)) return true
        if (object?.version !== from.object?.version) {
          if (state.changes - from.state.changes <= RECENT_MAX) return false
          throw outcomeForgotten(from.state.promptId)
        }
      } catch (error) {
        throw failedChange(error, isSent)
      }
    }
  }

  /** Takes an announced transaction out of the heads, and its objects out of the bucket. */
  async #release(id: string, held: readonly ReadHead[]): Promise<void> {
    const { bucket, heads, reader } = this.#parts
    await inBackground(bucket, 'undo', async () => {
      for (const { state } of held) {
        const now = await heads.read(state.promptId)
        if (now.state.prepared?.id !== id) continue
        await heads.swap(now, abandoned(now.state, nowText()))
      }
      for (const { state } of held)
        await mapLimited(state.prepared?.saves ?? [], AT_ONCE, async (version) => {
          const object = await reader.object(state.promptId, version)
          if (object !== undefined && idOf(object) === id) await bucket.remove(object)
        })
    })
  }

  /** Undefined if a version to delete is gone. */
  async #plans(
    id: string,
    looks: readonly PromptLook[],
    changes: readonly SourceChange[],
  ): Promise<readonly Plan[] | undefined> {
    const at = nowText()
    const plans = await mapLimited(looks, AT_ONCE, async ({ head }) => {
      const change = changes.find(({ view }) => view.promptId === head.state.promptId)
      const deleted = await this.#deleted(head.state.promptId, change?.delete ?? [])
      if (deleted === undefined) return []
      await this.#keepPages(id, head.state, change)
      const state = await this.#swept(head.state)
      return [{ head, change, deleted, after: committed(state, { id, at, change, deleted }) }]
    })
    const all = plans.flat()
    if (all.length < looks.length) return undefined
    return all.sort((a, b) => (a.head.state.promptId < b.head.state.promptId ? -1 : 1))
  }

  async #deleted(
    promptId: string,
    versions: readonly string[],
  ): Promise<ReadonlyMap<string, DeletedVersion> | undefined> {
    const found = await mapLimited(versions, AT_ONCE, async (version) => {
      const object = await this.#parts.reader.object(promptId, version)
      if (object === undefined || isMarker(object)) return []
      return [[version, { id: idOf(object), savedAt: object.metadata[SAVED_AT] ?? null }] as const]
    })
    const deleted = new Map(found.flat())
    return deleted.size === versions.length ? deleted : undefined
  }

  /** The pages that the head after the transaction refers to. */
  async #keepPages(id: string, state: HeadState, change: SourceChange | undefined): Promise<void> {
    const { bucket, names } = this.#parts
    const { promptId, epoch, pages } = state
    const record = change?.record
    const full = fullPage(state)
    if (record !== undefined)
      await mapLimited(copiedPages(record), AT_ONCE, async (entries, page) => {
        await keepPage(bucket, names.historyPage(promptId, id, page), entries)
      })
    else if (full !== undefined)
      await keepPage(bucket, names.historyPage(promptId, epoch, pages), full)
  }

  /** Without the removed objects that are gone for good. */
  async #swept(state: HeadState): Promise<HeadState> {
    const { bucket, reader } = this.#parts
    const latest = new Date(nowMs() - LATEST_REQUEST_MS).toISOString()
    const old = [...state.removed].flatMap(([version, objects]) => {
      const ids = objects.flatMap(({ id, at }) => (at < latest ? id : []))
      return ids.length > 0 ? [[version, new Set(ids)] as const] : []
    })
    const looked = await mapLimited(old.slice(0, SWEPT_AT_ONCE), AT_ONCE, async (one) => {
      const [version, ids] = one
      const object = await reader.object(state.promptId, version)
      if (object === undefined || isMarker(object) || !ids.has(idOf(object))) return [one]
      await bucket.remove(object)
      return []
    })
    return withoutRemoved(state, new Map(looked.flat()))
  }

  async #removeDeleted(plans: readonly Plan[]): Promise<void> {
    const { bucket, names, reader } = this.#parts
    const all = plans.flatMap(({ head, deleted }) =>
      [...deleted].map(([version, { id }]) => ({ promptId: head.state.promptId, version, id })),
    )
    await mapLimited(all, AT_ONCE, async ({ promptId, version, id }) => {
      const object = await reader.object(promptId, version)
      if (object !== undefined && idOf(object) === id && !isMarker(object))
        await bucket.remove(object)
    })
    for (const { head, change } of plans)
      if (change?.record !== undefined) await discardPages(bucket, names, head.state)
  }
}

function commitOf({ change, head, after }: Plan, saved: ReadonlyMap<string, string>): PromptCommit {
  return {
    promptId: head.state.promptId,
    saved,
    deleted: change?.delete ?? [],
    moves: change?.record === undefined ? (change?.moves ?? []) : undefined,
    isHeadChanged: change?.head !== undefined || change?.record !== undefined,
    state: after,
  }
}
