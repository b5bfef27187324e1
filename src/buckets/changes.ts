import { LRUCache } from 'lru-cache'
import { clearInterval, monotonicMs, nowMs, setInterval } from '../base/clock.js'
import { publish } from '../base/channels.js'
import { mapLimited } from '../base/map-limited.js'
import type { SourceEvent, SourceListener } from '../versions/source/document-source.js'
import type { PromptCommit } from './commits.js'
import {
  differences,
  headTagOf,
  isNews,
  lengthOf,
  NOTHING_LISTED,
  signatureOf,
  type HistoryLength,
  type KnownPrompt,
} from './differences.js'
import { emptyHead } from './head-state.js'
import type { ObjectNames } from './object-names.js'
import type { ListedFacts, ListedVersions, PromptReader, Scan } from './prompt-reader.js'

export interface ChangeRules {
  readonly place: string
  /** How old an answer from memory may be. */
  readonly staleMs: number
  /** How often the bucket is listed while there are watchers. */
  readonly pollIntervalMs: number
}

/** What this source has done in a prompt before there were watchers. */
interface OwnPrompt {
  readonly versions: ListedVersions
  readonly history: HistoryLength | undefined
}

const AT_ONCE = 16
const OWN_MAX = 10_000
/** S3 lists whole seconds. */
const LISTED_TIME_MS = 2000
/** What was changed longer ago is not news, whatever the clocks say: services refuse requests with such times. */
const NEWS_MS = 900_000

/**
 * What has changed in a bucket, which reports nothing by itself. Memory is dropped when it is as old as it may be. For
 * watchers, the bucket is listed again and again, and what differs is reported.
 */
export class Changes {
  readonly #reader: PromptReader
  readonly #names: ObjectNames
  readonly #rules: ChangeRules
  #listener: SourceListener = () => undefined
  #droppedMs = Number.NEGATIVE_INFINITY
  #followedSinceMs: number | undefined
  /** By directory; undefined without watchers, and until the first list is read. */
  #known: Map<string, KnownPrompt> | undefined
  /** Commits of this source that wait for the first list. */
  #waiting: PromptCommit[] = []
  /** How often this source has changed a prompt while there were watchers, by directory. */
  readonly #touched = new Map<string, number>()
  readonly #own = new LRUCache<string, OwnPrompt>({ max: OWN_MAX })
  #timer: ReturnType<typeof setInterval> | undefined
  #polling: Promise<void> | undefined

  constructor(reader: PromptReader, names: ObjectNames, rules: ChangeRules) {
    this.#reader = reader
    this.#names = names
    this.#rules = rules
  }

  listen(listener: SourceListener): void {
    this.#listener = listener
  }

  /** As `DocumentSource.refresh`. */
  refresh(fresh: boolean): Promise<void> | undefined {
    const now = monotonicMs()
    if (fresh || now - this.#droppedMs >= this.#rules.staleMs) {
      this.#droppedMs = now
      this.#listener([{ kind: 'expired' }])
    }
    return fresh && this.#followedSinceMs !== undefined ? this.#pollAfterThis() : undefined
  }

  follow(): () => void {
    this.#followedSinceMs = monotonicMs()
    this.#pollSoon()
    this.#timer = setInterval(() => this.#pollSoon(), this.#rules.pollIntervalMs)
    this.#timer.unref()
    return () => {
      clearInterval(this.#timer)
      this.#followedSinceMs = undefined
      this.#known = undefined
      this.#waiting = []
      this.#touched.clear()
    }
  }

  /** After commits of this source. */
  committed(commits: readonly PromptCommit[]): void {
    if (this.#followedSinceMs === undefined) for (const commit of commits) this.#keepOwn(commit)
    else if (this.#known === undefined) this.#waiting = [...this.#waiting, ...commits]
    else this.#report(this.#known, commits)
  }

  /** After everything was removed by this source. */
  cleared(): void {
    this.#own.clear()
    if (this.#followedSinceMs === undefined) return
    this.#reportWaiting()
    for (const [directory, { signature }] of this.#known ?? []) {
      this.#touch(directory)
      this.#known?.set(directory, {
        signature,
        headTag: undefined,
        versions: NOTHING_LISTED,
        history: 'told',
      })
    }
    this.#listener([{ kind: 'reset' }])
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#polling?.catch(() => undefined)
  }

  #pollSoon(): void {
    if (this.#polling !== undefined) return
    this.#poll().catch((error: unknown) => {
      const { place: directory } = this.#rules
      publish('background-error', () => ({ directory, stage: 'follow', error }))
    })
  }

  async #pollAfterThis(): Promise<void> {
    await this.#polling?.catch(() => undefined)
    await this.#poll()
  }

  async #poll(): Promise<void> {
    this.#polling ??= this.#pollOnce()
    try {
      await this.#polling
    } finally {
      this.#polling = undefined
      this.#reportWaiting()
    }
  }

  async #pollOnce(): Promise<void> {
    const touched = new Map(this.#touched)
    const sinceMs = this.#followedSinceMs
    const scan = await this.#reader.scan()
    if (sinceMs === undefined || this.#followedSinceMs !== sinceMs) return
    this.#known ??= this.#firstKnown(scan, sinceMs)
    const known = this.#known
    this.#reportWaiting()
    const directories = new Set([...scan.directories.keys(), ...scan.heads.keys(), ...known.keys()])
    const changed = [...directories].filter(
      (directory) => known.get(directory)?.signature !== signatureOf(scan, directory),
    )
    const events = await mapLimited(changed, AT_ONCE, async (directory) => {
      const promptId = await this.#reader.promptId(directory)
      if (promptId === undefined) return []
      const current = await this.#reader.current(promptId)
      // What this source has changed meanwhile was reported, and may not be in what was read.
      if (this.#touched.get(directory) !== touched.get(directory)) return []
      const before = known.get(directory)
      const signature = signatureOf(scan, directory)
      const { versions, headTag, state } = current
      known.set(directory, { signature, headTag, versions, history: lengthOf(state) })
      return differences(promptId, before, current)
    })
    const all = events.flat()
    if (all.length > 0 && this.#followedSinceMs === sinceMs) this.#listener(all)
  }

  /**
   * What was there before the watchers. The list is read after they came; what others may have changed since then is
   * left out, and so reported. The clock of the service decides, which is not before its latest change.
   */
  #firstKnown(scan: Scan, sinceMs: number): Map<string, KnownPrompt> {
    const listed = [...scan.directories.values()].flatMap((versions) => [...versions.values()])
    const latestMs = [...listed, ...scan.heads.values()].reduce(
      (latest, { modifiedMs }) => Math.max(latest, modifiedMs),
      0,
    )
    const beganMs = latestMs - (monotonicMs() - sinceMs) - LISTED_TIME_MS
    const newsMs = Math.max(beganMs, nowMs() - NEWS_MS)
    const known = new Map<string, KnownPrompt>()
    for (const directory of new Set([...scan.directories.keys(), ...scan.heads.keys()])) {
      const versions = scan.directories.get(directory) ?? new Map<string, ListedFacts>()
      const head = scan.heads.get(directory)
      const own = this.#own.get(directory)
      const old = [...versions].filter(
        ([version, facts]) =>
          facts.modifiedMs < newsMs || own?.versions.get(version) === facts.version,
      )
      const isHeadOld = head === undefined || (head.isSettled && head.modifiedMs < newsMs)
      const isSure = isHeadOld && old.length === versions.size
      known.set(directory, {
        signature: isSure ? signatureOf(scan, directory) : '',
        headTag: isHeadOld ? headTagOf(scan, directory) : undefined,
        versions: new Map(old.map(([version, facts]) => [version, facts.version])),
        history: own?.history ?? 'unknown',
      })
    }
    return known
  }

  #reportWaiting(): void {
    const commits = this.#waiting
    this.#waiting = []
    if (commits.length === 0) return
    const known = this.#known
    if (known !== undefined) {
      for (const commit of commits) this.#take(known, commit)
      this.#listener(commits.flatMap((commit) => eventsOf(commit, true)))
      return
    }
    // The bucket could not be listed: they are told all the same, and not again after the next list.
    for (const commit of commits) this.#keepOwn(commit)
    this.#listener(commits.flatMap((commit) => eventsOf(commit, true)))
  }

  #report(known: Map<string, KnownPrompt>, commits: readonly PromptCommit[]): void {
    const events = commits.flatMap((commit) => this.#take(known, commit))
    if (events.length > 0) this.#listener(events)
  }

  /** The events of a commit, without those that a list has shown before. */
  #take(known: Map<string, KnownPrompt>, commit: PromptCommit): readonly SourceEvent[] {
    const { promptId, saved, deleted, state } = commit
    const directory = this.#names.directory(promptId)
    this.#touch(directory)
    const before = known.get(directory)
    const versions = changedVersions(before?.versions, commit)
    const length = state && lengthOf(state)
    const history = before?.history ?? lengthOf(emptyHead(promptId))
    const isLater = length !== undefined && isNews(history, length)
    known.set(directory, {
      signature: '',
      headTag: before?.headTag,
      versions,
      history: isLater ? length : history,
    })
    const isNew = ([version, tag]: readonly [string, string]): boolean =>
      before?.versions.get(version) !== tag
    const told: PromptCommit = {
      ...commit,
      saved: new Map([...saved].filter(isNew)),
      deleted: deleted.filter((version) => before?.versions.has(version) === true),
    }
    return eventsOf(told, isLater)
  }

  #keepOwn(commit: PromptCommit): void {
    const directory = this.#names.directory(commit.promptId)
    const own = this.#own.get(directory)
    const versions = changedVersions(own?.versions, commit)
    const history = commit.state === undefined ? own?.history : lengthOf(commit.state)
    this.#own.set(directory, { versions, history })
  }

  #touch(directory: string): void {
    this.#touched.set(directory, (this.#touched.get(directory) ?? 0) + 1)
  }
}

function changedVersions(
  before: ListedVersions | undefined,
  { saved, deleted }: PromptCommit,
): ListedVersions {
  const versions = new Map(before)
  for (const version of deleted) versions.delete(version)
  for (const [version, tag] of saved) versions.set(version, tag)
  return versions
}

/** As a source reports a commit. */
function eventsOf(
  { promptId, saved, deleted, moves, isHeadChanged }: PromptCommit,
  isHeadNews: boolean,
): readonly SourceEvent[] {
  return [
    ...[...saved.keys()].map((version) => ({ kind: 'save' as const, promptId, version })),
    ...deleted.map((version) => ({ kind: 'delete' as const, promptId, version })),
    ...(isHeadChanged && isHeadNews ? [{ kind: 'head' as const, promptId, moves }] : []),
  ]
}
