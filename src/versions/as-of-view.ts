import { LRUCache } from 'lru-cache'
import { mapLimited } from '../base/map-limited.js'
import type { Lifecycle } from '../base/lifecycle.js'
import { StorageError } from '../base/errors.js'
import { checkPromptId } from '../document/prompt-id.js'
import { checkVersion, sortVersions, STORED_VERSIONS } from '../document/version-number.js'
import {
  existenceAt,
  headAt,
  movesUntil,
  presencesOf,
  type Presence,
  type PromptPast,
} from './presences.js'
import { checkPromptIds, planChanges } from './prompt-change.js'
import type { Decision, LabelMove, PromptHead, PromptView } from './prompt-heads.js'
import type { CommitClock } from './commit-clock.js'
import { WHY_UNKNOWN, type KnownHistory } from './prompt-history.js'
import type { Supports } from './supports.js'
import {
  checkAsOf,
  checkTime,
  type AsOfOptions,
  type Undated,
  type VersionsAsOf,
} from './time-travel.js'
import {
  listedIds,
  pageOf,
  resolveListOptions,
  type ListIdsOptions,
  type ListOptions,
  type VersionDocument,
} from './version-storage.js'

/** What a view of the past reads from its storage. */
export interface PastSource<Version extends VersionDocument> {
  /** That of the storage. */
  readonly life: Lifecycle
  /** Since when the storage knows all that happened; undefined if it always did. */
  knownSince(): Promise<KnownHistory | undefined>
  /** The ids of all prompts that have a version or a history, in any order, perhaps some twice. */
  promptIds(): Promise<readonly string[]>
  /** Versions and history of one moment. */
  past(promptId: string): Promise<PromptPast>
  /** The content of a version that was committed at a time, stored or deleted; undefined if it is gone. */
  content(promptId: string, presence: Presence): Promise<Version | undefined>
}

const READ_AT_ONCE = 16
/** Versions and entries of histories that a view remembers: some 20 MB. */
const REMEMBERED_MAX = 100_000

/** A storage as of a time, over whatever it is kept in. */
class AsOfView<Version extends VersionDocument, Input> implements VersionsAsOf<Version, Input> {
  readonly supports: Supports = { labels: true, names: true, promptIds: true }
  readonly time: string
  readonly #source: PastSource<Version>
  readonly #undated: Undated
  readonly #pasts = new LRUCache<string, PromptPast>({ maxSize: REMEMBERED_MAX })

  /** @param time as `checkTime` returns it */
  constructor(source: PastSource<Version>, time: string, undated: Undated) {
    this.#source = source
    this.time = time
    this.#undated = undated
  }

  async getVersion(promptId: string, version: string): Promise<Version | undefined> {
    checkPromptId(promptId)
    checkVersion(version, STORED_VERSIONS)
    return await this.#run(async () => {
      const presences = presencesOf(await this.#past(promptId))
      const presence = this.#present(promptId, presences, version)
      return presence && (await this.#content(promptId, presence))
    })
  }

  /** Unlike that of a storage, this fails where a version is damaged. */
  async listVersions(promptId: string, options?: ListOptions): Promise<readonly Version[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersions')
    return await this.#run(async () => {
      const all = this.#allPresent(promptId, await this.#past(promptId))
      const some = pageOf([...all.keys()], page).flatMap((version) => all.get(version) ?? [])
      const documents = await mapLimited(some, READ_AT_ONCE, async (presence) => [
        await this.#content(promptId, presence),
      ])
      return Object.freeze(documents.flat())
    })
  }

  async listVersionNames(promptId: string, options?: ListOptions): Promise<readonly string[]> {
    checkPromptId(promptId)
    const page = resolveListOptions(options, 'listVersionNames')
    return await this.#run(async () => pageOf(await this.#names(promptId), page))
  }

  async getLatestVersion(promptId: string): Promise<Version | undefined> {
    checkPromptId(promptId)
    return await this.#run(async () => {
      const latest = this.#latest(promptId, await this.#past(promptId))
      return latest && (await this.#content(promptId, latest))
    })
  }

  async getLatestVersionName(promptId: string): Promise<string | undefined> {
    checkPromptId(promptId)
    return await this.#run(async () => this.#latest(promptId, await this.#past(promptId))?.version)
  }

  async listPromptIds(options?: ListIdsOptions): Promise<readonly string[]> {
    const listed = listedIds(options)
    return await this.#run(async () => {
      const ids = listed([...new Set(await this.#source.promptIds())].sort())
      const found = await mapLimited(ids, READ_AT_ONCE, async (promptId) =>
        this.#hasAny(promptId, await this.#past(promptId)) ? [promptId] : [],
      )
      return Object.freeze(found.flat())
    })
  }

  async readHead(promptId: string): Promise<PromptHead | undefined> {
    checkPromptId(promptId)
    return await this.#run(async () => headAt(await this.#past(promptId), this.time))
  }

  async listLabelMoves(promptId: string): Promise<readonly LabelMove[]> {
    checkPromptId(promptId)
    return await this.#run(async () => movesUntil(await this.#past(promptId), this.time))
  }

  /** Calls `decide`, whose changes must be none. */
  async transact<Result>(
    promptIds: readonly string[],
    decide: (views: readonly PromptView[]) => Decision<Input, Result>,
  ): Promise<Result> {
    checkPromptIds(promptIds)
    const ids = [...promptIds]
    return await this.#run(async () => {
      const views = await Promise.all(
        ids.map(async (promptId): Promise<PromptView> => {
          const past = await this.#past(promptId)
          const versions = Object.freeze([...this.#allPresent(promptId, past).keys()])
          return Object.freeze({ promptId, head: headAt(past, this.time), versions })
        }),
      )
      const decision = decide(views)
      if (planChanges(views, decision).length > 0) throw this.#readOnly()
      return decision.result
    })
  }

  async saveVersion(): Promise<void> {
    await this.#refuse()
  }

  async deleteVersion(): Promise<boolean> {
    return await this.#refuse()
  }

  async clearAll(): Promise<void> {
    await this.#refuse()
  }

  async keepOpenWhile<Result>(work: (storage: this) => Promise<Result>): Promise<Result> {
    return await this.#source.life.runTogether(this, work)
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#source.life.run(async () => {
      const known = await this.#source.knownSince()
      if (known !== undefined && this.time < known.since) throw this.#noHistory(known)
      return await work()
    })
  }

  /**
   * What is known of a prompt does not change any more for a time that has passed, so it is read once: what is deleted
   * later leaves its times in the history. A version without a time leaves nothing if another program removes it.
   */
  async #past(promptId: string): Promise<PromptPast> {
    const remembered = this.#pasts.get(promptId)
    if (remembered !== undefined) return remembered
    const past = await this.#source.past(promptId)
    const isDated = [...past.versions.values()].every((savedAt) => savedAt !== null)
    if (isDated)
      this.#pasts.set(promptId, past, { size: 1 + past.versions.size + past.history.length })
    return past
  }

  async #refuse(): Promise<never> {
    return await this.#source.life.run(async () => await Promise.reject(this.#readOnly()))
  }

  async #names(promptId: string): Promise<readonly string[]> {
    return [...this.#allPresent(promptId, await this.#past(promptId)).keys()]
  }

  /** By precedence. @throws StorageError OPT-PAST-001 if it is unknown of one whether it existed */
  #allPresent(promptId: string, past: PromptPast): ReadonlyMap<string, Presence> {
    const presences = presencesOf(past)
    const versions = sortVersions([...new Set(presences.map(({ version }) => version))])
    const found = versions.flatMap((version) => {
      const presence = this.#present(promptId, presences, version)
      return presence === undefined ? [] : ([[version, presence]] as const)
    })
    return new Map(found)
  }

  /** Those below it may be undated. */
  #latest(promptId: string, past: PromptPast): Presence | undefined {
    const presences = presencesOf(past)
    const versions = sortVersions([...new Set(presences.map(({ version }) => version))])
    for (const version of versions.reverse()) {
      const presence = this.#present(promptId, presences, version)
      if (presence !== undefined) return presence
    }
    return undefined
  }

  #hasAny(promptId: string, past: PromptPast): boolean {
    const isKnown = presencesOf(past).some(
      (presence) => existenceAt(presence, this.time) === 'present',
    )
    return isKnown || this.#allPresent(promptId, past).size > 0
  }

  #present(
    promptId: string,
    presences: readonly Presence[],
    version: string,
  ): Presence | undefined {
    const own = presences.filter((presence) => presence.version === version)
    const known = own.find((presence) => existenceAt(presence, this.time) === 'present')
    if (known !== undefined || this.#undated === 'omit') return known
    const unknown = own.find((presence) => existenceAt(presence, this.time) === 'unknown')
    if (unknown === undefined || this.#undated === 'include') return unknown
    throw new StorageError(
      'OPT-PAST-001',
      `The time of the commit of version ${version} of prompt ${promptId} is unknown, so whether it existed at ${this.time} is, too: a program wrote its file that keeps no such times, or it is damaged. Say with the option undated ('include', 'omit'; --undated) how to treat such versions`,
      { context: { prompt_id: promptId, version, time: this.time, reason: 'undated' } },
    )
  }

  async #content(promptId: string, presence: Presence): Promise<Version> {
    const content = await this.#source.content(promptId, presence)
    if (content !== undefined) return content
    const { version, until } = presence
    const when = until === null ? '' : `: it was deleted at ${until}`
    throw new StorageError(
      'OPT-PAST-001',
      `Version ${version} of prompt ${promptId} existed at ${this.time}, and its content is gone for good${when}, and there is no sound copy in the trash; restore it from a backup`,
      {
        context: {
          prompt_id: promptId,
          version,
          time: this.time,
          reason: 'gone',
          ...(until === null ? {} : { deleted_at: until }),
        },
      },
    )
  }

  #noHistory({ since, reason }: KnownHistory): StorageError {
    const why = WHY_UNKNOWN[reason]
    return new StorageError(
      'OPT-PAST-001',
      `What was stored at ${this.time} is not known: this storage knows its history since ${since}${why === undefined ? '' : `, ${why}`}. Read a later time, or restore a backup of that time`,
      { context: { time: this.time, reason: 'no_history', since, why: reason } },
    )
  }

  #readOnly(): StorageError {
    return new StorageError(
      'FS-READONLY-001',
      `A view of the past (asOf ${this.time}) cannot be changed; change the storage itself`,
      { context: { time: this.time, reason: 'as_of' } },
    )
  }
}

/** The view that a storage returns. @throws TypeError, RangeError for wrong arguments; if the storage is closed */
export function viewAsOf<Version extends VersionDocument, Input>(
  source: PastSource<Version>,
  clock: CommitClock,
  time: unknown,
  options: AsOfOptions | undefined,
): VersionsAsOf<Version, Input> {
  const undated = checkAsOf(options)
  const checked = checkTime(time, clock.latest())
  source.life.assertOpen()
  return new AsOfView(source, checked, undated)
}
