import { monotonicMs, nowMs, sleep } from '../base/clock.js'
import { isDamage } from '../base/errors.js'
import { mapLimited } from '../base/map-limited.js'
import { backoffMs } from '../base/retry.js'
import { parsePromptFile } from '../document/prompt-file.js'
import type { PromptPast } from '../versions/presences.js'
import type { PromptHead } from '../versions/prompt-heads.js'
import type { StoredDocument } from '../versions/source/document-source.js'
import type { StoredObject } from '../objects/service.js'
import { idOf, isMarker, type Bucket, type ReadObject } from './bucket.js'
import { tooBusy } from './failure.js'
import { doubtful, judge, type HeadState } from './head-state.js'
import { isSettled } from './head-text.js'
import { readHistory } from './history-pages.js'
import type { HeadView, Heads, ReadHead } from './heads.js'
import type { LocalCache } from './local-cache.js'
import type { ObjectNames } from './object-names.js'

/** A version by what lists tell: the ETag or generation of its object. */
export type ListedVersions = ReadonlyMap<string, string>

/** A prompt as it is. */
export interface CurrentPrompt {
  readonly versions: ListedVersions
  /** The ETag or generation of its head; '' for a prompt without one. */
  readonly headTag: string
  readonly state: HeadState
}

/** A prompt as a transaction reads it: without another one under way. */
export interface PromptLook {
  readonly head: ReadHead
  readonly versions: readonly string[]
}

/** When an object was saved, in its metadata; absent if that is unknown. */
export const SAVED_AT = 'holdfast-saved-at'
/** The digest of a document, in the metadata of its object. */
export const SHA256 = 'holdfast-sha256'
/** In the metadata of an object that a transaction has made: when. */
export const IN_TRANSACTION = 'holdfast-transaction'
/** More than a request takes, and more than clocks differ: services refuse requests whose time is so far off. */
const NEW_MS = 3_600_000
const AT_ONCE = 16
const BACKOFF = { delayMs: 5, maxDelayMs: 100 }
/** Above all that names hold. */
const LAST_CHARACTER = '\u{10FFFD}'

export interface ReaderParts {
  readonly bucket: Bucket
  readonly names: ObjectNames
  readonly heads: Heads
  readonly lockTimeoutMs: number
  readonly local: LocalCache | undefined
}

/** Reads prompts: the objects of their versions, judged by their heads. */
export class PromptReader {
  readonly #bucket: Bucket
  readonly #names: ObjectNames
  readonly #heads: Heads
  readonly #lockTimeoutMs: number
  readonly #local: LocalCache | undefined
  /** By the hash in the place of the id. */
  readonly #hashedIds = new Map<string, string>()

  constructor({ bucket, names, heads, lockTimeoutMs, local }: ReaderParts) {
    this.#bucket = bucket
    this.#names = names
    this.#heads = heads
    this.#lockTimeoutMs = lockTimeoutMs
    this.#local = local
  }

  async names(promptId: string): Promise<readonly string[]> {
    return [...(await this.current(promptId)).versions.keys()]
  }

  /** The versions and the head of one moment. */
  async current(promptId: string): Promise<CurrentPrompt> {
    return await this.#steady(promptId, async ({ object, seen }) => {
      const versions = await this.#visible(seen)
      return { versions, headTag: object?.version ?? '', state: seen }
    })
  }

  /** For a transaction, which finds out itself whether the head has changed since. */
  async look(promptId: string): Promise<PromptLook> {
    const head = await this.#heads.settled(promptId)
    return { head, versions: [...(await this.#visible(head.state)).keys()] }
  }

  async get(promptId: string, versions: readonly string[]): Promise<readonly StoredDocument[]> {
    const [found, before] = await Promise.all([
      mapLimited(versions, AT_ONCE, async (version) => {
        const read = await this.#read(promptId, version)
        return read === undefined || isMarker(read.object) ? [] : [{ version, ...read }]
      }),
      this.#heads.view(promptId),
    ])
    // The object of a transaction may not be a version yet: only a head that was read later tells.
    const isDecided = found.flat().every(({ object }) => {
      return !isNewInTransaction(object) || before.seen.recent.includes(idOf(object))
    })
    const { seen } = isDecided ? before : await this.#heads.view(promptId)
    return found.flat().flatMap(({ version, object, bytes }) => {
      if (judge(seen, version, idOf(object)) !== 'live') return []
      return [{ version, bytes, savedAt: object.metadata[SAVED_AT] ?? null }]
    })
  }

  async head(promptId: string): Promise<PromptHead | undefined> {
    return (await this.#heads.view(promptId)).seen.head
  }

  async past(promptId: string): Promise<PromptPast> {
    return await this.#steady(promptId, async ({ seen }) => {
      const visible = [...(await this.#visible(seen)).keys()]
      const times = await mapLimited(visible, AT_ONCE, async (version) => {
        const object = await this.object(promptId, version)
        if (object === undefined || isMarker(object)) return []
        return [[version, object.metadata[SAVED_AT] ?? null] as const]
      })
      return {
        versions: new Map(times.flat()),
        history: await readHistory(this.#bucket, this.#names, seen),
      }
    })
  }

  /** The object under the name of a version, whatever it is. */
  async object(promptId: string, version: string): Promise<StoredObject | undefined> {
    return await this.#bucket.head(this.#names.version(promptId, version))
  }

  /** The ids of all prompts with a version. */
  async ids(): Promise<readonly string[]> {
    const { directories, heads } = await this.scan()
    const found = await mapLimited([...directories.keys()], AT_ONCE, async (directory) => {
      const promptId = await this.promptId(directory)
      if (promptId === undefined) return []
      if (heads.get(directory)?.isSettled !== false) return [promptId]
      return (await this.names(promptId)).length > 0 ? [promptId] : []
    })
    return found.flat()
  }

  /** The ids of all prompts with a version or a history. */
  async pastIds(): Promise<readonly string[]> {
    const promptIds = await this.allIds()
    const found = await mapLimited(promptIds, AT_ONCE, async (promptId) => {
      const { versions, state } = await this.current(promptId)
      const isKnown = versions.size + state.pages + state.tail.length > 0
      return isKnown || state.head !== undefined ? [promptId] : []
    })
    return found.flat()
  }

  /** The ids of all prompts with an object. */
  async allIds(): Promise<readonly string[]> {
    const { directories, heads } = await this.scan()
    const all = [...new Set([...directories.keys(), ...heads.keys()])]
    const ids = await mapLimited(all, AT_ONCE, async (directory) => {
      return (await this.promptId(directory)) ?? []
    })
    return ids.flat()
  }

  /** All objects of versions, then all heads: a head that is listed knows of every object that is. */
  async scan(): Promise<Scan> {
    const directories = new Map<string, Map<string, ListedFacts>>()
    const { prefix, own } = this.#names
    for (const [from, to] of [
      [undefined, own],
      [own + LAST_CHARACTER, undefined],
    ])
      for await (const page of this.#bucket.scan(prefix, from)) {
        for (const object of page) {
          const named = this.#names.parseVersion(object.name)
          if (named === undefined || isMarker(object)) continue
          const versions = directories.get(named.directory) ?? new Map<string, ListedFacts>()
          directories.set(named.directory, versions.set(named.version, object))
        }
        if (to !== undefined && (page.at(-1)?.name ?? '') >= to) break
      }
    const heads = new Map<string, ListedHead>()
    for await (const page of this.#bucket.scan(this.#names.heads))
      for (const object of page) {
        const directory = this.#names.parseHead(object.name)
        if (directory !== undefined)
          heads.set(directory, { ...object, isSettled: isSettled(object) })
      }
    return { directories, heads }
  }

  /** Undefined for a directory that no prompt has. */
  async promptId(directory: string): Promise<string | undefined> {
    const plain = this.#names.promptId(directory) ?? this.#hashedIds.get(directory)
    if (plain !== undefined) return plain
    const file = await this.#bucket.read(this.#names.promptFileIn(directory))
    const promptId = file && parsePromptFile(file.bytes)
    if (promptId === undefined || this.#names.directory(promptId) !== directory) return undefined
    this.#hashedIds.set(directory, promptId)
    return promptId
  }

  /** Repeats a read until the head is the same before and after it: then it is of one moment. */
  async #steady<Result>(
    promptId: string,
    read: (view: HeadView) => Promise<Result>,
  ): Promise<Result> {
    const beginMs = monotonicMs()
    for (let turn = 1; ; turn++) {
      const view = await this.#heads.view(promptId)
      try {
        const result = await read(view)
        if (await this.#heads.isSame(view)) return result
      } catch (error) {
        // A page of the history goes when a copy replaces it.
        if (!isDamage(error) || (await this.#heads.isSame(view))) throw error
      }
      if (monotonicMs() - beginMs >= this.#lockTimeoutMs)
        throw tooBusy(`Prompt ${promptId}`, this.#lockTimeoutMs)
      await sleep(backoffMs(turn, BACKOFF))
    }
  }

  /** With a local cache, only what is not in it is fetched. */
  async #read(promptId: string, version: string): Promise<ReadObject | undefined> {
    const local = this.#local
    const name = this.#names.version(promptId, version)
    if (local === undefined) return await this.#bucket.read(name)
    const object = await this.#bucket.head(name)
    if (object === undefined || isMarker(object)) return undefined
    const sha256 = object.metadata[SHA256]
    const bytes = sha256 && (await local.get(promptId, version, sha256))
    if (bytes) return { object, bytes }
    const read = await this.#bucket.read(name)
    if (read !== undefined) await local.keep(promptId, version, read.bytes)
    return read
  }

  async #visible(state: HeadState): Promise<ListedVersions> {
    const { promptId } = state
    const listed = new Map<string, string>()
    for await (const page of this.#bucket.scan(this.#names.versions(promptId)))
      for (const object of page) {
        const version = this.#names.parseVersion(object.name)?.version
        if (version !== undefined && !isMarker(object)) listed.set(version, object.version)
      }
    const unsure = [...doubtful(state)].filter((version) => listed.has(version))
    const looked = await mapLimited(unsure, AT_ONCE, async (version) => {
      return { version, object: await this.object(promptId, version) }
    })
    for (const { version, object } of looked) {
      const isThere = object !== undefined && !isMarker(object)
      // Saved after the list: of one moment is only another list.
      if (isThere && object.version !== listed.get(version)) return await this.#visible(state)
      if (!isThere || judge(state, version, idOf(object)) !== 'live') listed.delete(version)
    }
    return listed
  }
}

/** What a head says of an older one, it also says when it was read a moment before it. */
function isNewInTransaction({ metadata }: StoredObject): boolean {
  const madeAt = metadata[IN_TRANSACTION]
  return madeAt !== undefined && madeAt > new Date(nowMs() - NEW_MS).toISOString()
}

/** What a list shows of an object. */
export interface ListedFacts {
  readonly version: string
  readonly modifiedMs: number
}

export interface ListedHead extends ListedFacts {
  /** Whether names alone tell the versions of the prompt. */
  readonly isSettled: boolean
}

/** Objects by the directory of their prompt; those of versions by the version. */
export interface Scan {
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, ListedFacts>>
  readonly heads: ReadonlyMap<string, ListedHead>
}
