import { ChangeFeed } from './change-feed.js'
import { newRecords, type PromptRecord, type PromptRecords } from './exported-heads.js'
import type { CommitTimes } from './memory-export.js'
import type { PlannedChange } from './prompt-change.js'
import { NO_HEAD, type PromptHead, type PromptView } from './prompt-heads.js'
import type {
  CommitTimesByVersion,
  HistoryEntry,
  KnownHistory,
  VersionsDeleted,
} from './prompt-history.js'
import type { CopiedRecord } from './version-copies.js'
import type { IterationSource } from './version-iteration.js'
import { VersionIndex } from './version-index.js'
import type { VersionDocument } from './version-storage.js'
import { factsOf, measure, type VersionFacts } from './version-summaries.js'

/** A document, and when it was committed; undefined if that is unknown. */
interface Kept<Version> {
  readonly document: Version
  readonly savedAt: string | undefined
  /** Of a copy: the version of the schema that it was saved with first. */
  readonly schemaVersion?: number | undefined
}

/** What is in a MemoryStorage. Each change is complete when its method returns, and announced. */
export class MemoryState<Version extends VersionDocument> {
  readonly index: VersionIndex = new VersionIndex()
  readonly feed: ChangeFeed = new ChangeFeed()
  readonly #now: () => Date
  readonly #kept = new Map<string, Map<string, Kept<Version>>>()
  readonly #heads = new Map<string, PromptHead>()
  readonly #history = new Map<string, readonly HistoryEntry[]>()
  #knownSince: KnownHistory | undefined

  /** @param now the clock of change events */
  constructor(now: () => Date) {
    this.#now = now
  }

  document(promptId: string, version: string): Version | undefined {
    return this.#kept.get(promptId)?.get(version)?.document
  }

  /** Those of these versions that exist. */
  documents(promptId: string, versions: readonly string[]): Version[] {
    return versions.flatMap((version) => this.document(promptId, version) ?? [])
  }

  /** For iterations. */
  get source(): IterationSource<Version> {
    return {
      names: async (promptId) => await Promise.resolve([...this.index.versions(promptId)]),
      read: async (promptId, versions) => await Promise.resolve(this.documents(promptId, versions)),
    }
  }

  /** What these versions say in short. */
  facts(promptId: string, versions: readonly string[]): VersionFacts[] {
    const kept = this.#kept.get(promptId)
    return versions.flatMap((version) => {
      const one = kept?.get(version)
      if (one === undefined) return []
      return factsOf(one.document, { size: measure(one.document), savedAt: one.savedAt })
    })
  }

  has({ prompt_id: promptId, version }: VersionDocument): boolean {
    return this.index.has(promptId, version)
  }

  head(promptId: string): PromptHead | undefined {
    return this.#heads.get(promptId)
  }

  history(promptId: string): readonly HistoryEntry[] {
    return this.#history.get(promptId) ?? NO_HISTORY
  }

  /** Of a copy: the version of the schema that it was saved with first. */
  schemaVersion(promptId: string, version: string): number | undefined {
    return this.#kept.get(promptId)?.get(version)?.schemaVersion
  }

  /** The ids of the prompts that have a history, those without versions among them. */
  historicIds(): readonly string[] {
    return [...this.#history.keys()]
  }

  /** What is kept of prompts beside their versions, by prompt id. */
  records(): PromptRecords {
    const ids = new Set([...this.#heads.keys(), ...this.#history.keys()])
    return new Map(
      [...ids].map((promptId) => {
        const head = this.#heads.get(promptId) ?? NO_HEAD
        return [promptId, Object.freeze({ head, history: this.history(promptId) })] as const
      }),
    )
  }

  /** Those of an export that are new. @param fresh its documents that are. @throws as the function of this name */
  newRecords(
    imported: PromptRecords | undefined,
    fresh: readonly VersionDocument[],
  ): PromptRecords {
    if (imported === undefined) return new Map()
    const names = new Set(fresh.map(({ prompt_id: id, version }) => `${version} ${id}`))
    const isThere = (id: string, version: string): boolean =>
      names.has(`${version} ${id}`) || this.index.has(id, version)
    return newRecords(imported, this.records(), isThere)
  }

  /** Keeps the record of a prompt that had none. */
  keepRecord(promptId: string, { head, history }: PromptRecord): void {
    this.#heads.set(promptId, head)
    if (history.length > 0) this.#history.set(promptId, history)
    const moves = Object.entries(head.labels).map(([label, { version, ...note }]) => {
      return { label, from: null, to: version, ...note }
    })
    this.feed.publishMoves(promptId, moves, this.#now().toISOString())
  }

  /** Since when all that happened is known; undefined if it always was. */
  get knownSince(): KnownHistory | undefined {
    return this.#knownSince
  }

  set knownSince(known: KnownHistory | undefined) {
    this.#knownSince = known && Object.freeze({ since: known.since, reason: known.reason })
  }

  /** What happened before this time is unknown. */
  forget(since: Date, reason: string): void {
    this.knownSince = { since: since.toISOString(), reason }
  }

  view(promptId: string): PromptView {
    const versions = Object.freeze([...this.index.versions(promptId)])
    return Object.freeze({ promptId, head: this.#heads.get(promptId), versions })
  }

  commitTimes(): CommitTimes {
    const prompts = [...this.#kept].map(([promptId, versions]) => {
      const times = [...versions].map(([version, { savedAt }]) => [version, savedAt] as const)
      return [promptId, new Map(times)] as const
    })
    return new Map(prompts)
  }

  /** The times of the commits of a prompt's versions; null where it is unknown. */
  commitTimesOf(promptId: string): ReadonlyMap<string, string | null> {
    const kept = this.#kept.get(promptId) ?? new Map<string, Kept<Version>>()
    return new Map([...kept].map(([version, { savedAt }]) => [version, savedAt ?? null]))
  }

  /** @param savedAt the time of the commit; undefined if it is unknown */
  keep(document: Version, savedAt: string | undefined, schemaVersion?: number): void {
    const { prompt_id: promptId, version } = document
    const now = this.#now()
    const versions = this.#kept.get(promptId) ?? new Map<string, Kept<Version>>()
    versions.set(version, { document, savedAt, schemaVersion })
    this.#kept.set(promptId, versions)
    this.index.add(promptId, version, now.getTime())
    this.feed.publish({ kind: 'save', prompt_id: promptId, version, at: now.toISOString() })
  }

  /** Everything but what is saved. @param at the time of the commit */
  apply(plans: readonly PlannedChange<unknown>[], at: Date): void {
    for (const { view, head, moves, delete: deleted, record } of plans) {
      const { promptId } = view
      if (record !== undefined) {
        this.#replaceRecord(promptId, record, deleted)
        continue
      }
      if (head !== undefined) this.#heads.set(promptId, head)
      const entries = [...moves, ...this.#deletions(promptId, deleted, at)]
      if (entries.length > 0)
        this.#history.set(promptId, Object.freeze([...this.history(promptId), ...entries]))
      for (const version of deleted) this.#remove(promptId, version)
    }
    for (const { view, moves, record } of plans)
      this.feed.publishMoves(view.promptId, record ? undefined : moves, at.toISOString())
  }

  clear(at: Date): void {
    const gone = this.index
      .sortedIds()
      .flatMap((promptId) =>
        this.index.versions(promptId).map((version) => ({ promptId, version })),
      )
    const headed = [...this.#heads.keys()]
    this.index.clear()
    this.#kept.clear()
    this.#heads.clear()
    this.#history.clear()
    this.forget(at, 'cleared')
    const noticed = this.#now().toISOString()
    for (const promptId of headed) this.feed.publishMoves(promptId, undefined, noticed)
    for (const { promptId, version } of gone)
      this.feed.publish({ kind: 'delete', prompt_id: promptId, version, at: noticed })
  }

  #replaceRecord(promptId: string, record: CopiedRecord, deleted: readonly string[]): void {
    if (record.head === undefined) this.#heads.delete(promptId)
    else this.#heads.set(promptId, record.head)
    if (record.history.length === 0) this.#history.delete(promptId)
    else this.#history.set(promptId, Object.freeze([...record.history]))
    for (const version of deleted) this.#remove(promptId, version)
  }

  #deletions(promptId: string, versions: readonly string[], at: Date): readonly VersionsDeleted[] {
    if (versions.length === 0) return []
    const kept = this.#kept.get(promptId)
    const times = versions.map((version) => [version, kept?.get(version)?.savedAt ?? null])
    const deleted = Object.freeze(Object.fromEntries(times) as CommitTimesByVersion)
    return [Object.freeze({ deleted, trash: false, at: at.toISOString() })]
  }

  #remove(promptId: string, version: string): void {
    const now = this.#now()
    this.index.remove(promptId, version, now.getTime())
    const versions = this.#kept.get(promptId)
    versions?.delete(version)
    if (versions?.size === 0) this.#kept.delete(promptId)
    this.feed.publish({ kind: 'delete', prompt_id: promptId, version, at: now.toISOString() })
  }
}

const NO_HISTORY: readonly HistoryEntry[] = Object.freeze([])
