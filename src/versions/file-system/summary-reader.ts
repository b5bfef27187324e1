import { pageOf, type ResolvedListOptions, type VersionDocument } from '../version-storage.js'
import {
  factsOf,
  summariesOf,
  type VersionFacts,
  type VersionSummary,
} from '../version-summaries.js'
import type { OpenStore } from './open-store.js'
import { readVersions } from './read-versions.js'
import type { PromptFacts } from './summary-memory.js'
import { removedSince } from './removed-since.js'

/** Documents that are read in one go: decoding them takes the event loop a few milliseconds. */
const READ_TOGETHER = 256

/**
 * Summaries from memory, and from the documents where they are not in memory yet. The documents are not put into the
 * cache: a list of everything must not take the place of what is in use.
 */
export class SummaryReader<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>

  constructor(store: OpenStore<Version>) {
    this.#store = store
  }

  /** The names are of one moment, as in `StoreBrowser.list`; the head is read after it. */
  async list(promptId: string, page: ResolvedListOptions): Promise<readonly VersionSummary[]> {
    const facts = await this.#facts(promptId, page)
    if (facts.length === 0) return Object.freeze([])
    return summariesOf(facts, (await this.#store.heads.read(promptId)).head)
  }

  async #facts(promptId: string, page: ResolvedListOptions): Promise<readonly VersionFacts[]> {
    const { directory, names, summaries } = this.#store
    const read: Read = { facts: new Map(), stamp: undefined, isSaved: true, hasBegun: false }
    for (;;) {
      await names.current()
      const { lsn } = directory
      const { generation } = summaries
      const versions = pageOf(await names.versions(promptId), page)
      const known = summaries.of(promptId)
      if (!read.hasBegun && versions.length > 0) await this.#begin(promptId, known, read)
      await this.#read(
        promptId,
        versions.filter((version) => !known?.has(version) && !read.facts.has(version)),
        read,
      )
      const removed = await removedSince(this.#store, lsn, promptId)
      if (removed?.size === 0) {
        const fresh = [...read.facts.values()].filter((one) => one !== undefined)
        if (fresh.length > 0) summaries.keep(promptId, fresh, { ...read, generation })
        const found = versions.map((version) => read.facts.get(version) ?? known?.get(version))
        return found.filter((one) => one !== undefined)
      }
      for (const version of removed ?? [...read.facts.keys()]) read.facts.delete(version)
    }
  }

  /** If the prompt is not in memory, the file of summaries may have it. */
  async #begin(promptId: string, known: PromptFacts | undefined, read: Read): Promise<void> {
    read.hasBegun = true
    if (known !== undefined) {
      read.stamp = this.#store.summaries.stampOf(promptId)
      return
    }
    const { stamp, facts } = await this.#store.keeper.prove(promptId)
    read.stamp = stamp
    for (const one of facts) read.facts.set(one.version, one)
  }

  async #read(promptId: string, versions: readonly string[], read: Read): Promise<void> {
    const wanted: string[] = []
    for (const version of versions) {
      const cached = this.#store.cache?.peekSized(promptId, version)
      read.facts.set(version, cached && factsOf(cached.document, cached.bytes))
      if (cached === undefined) wanted.push(version)
    }
    if (versions.length > 0) read.isSaved = false
    // What is in the cache may have been read before the stamp.
    if (wanted.length < versions.length) read.stamp = undefined
    for (let at = 0; at < wanted.length; at += READ_TOGETHER) {
      const some = wanted.slice(at, at + READ_TOGETHER)
      await readVersions(this.#store, promptId, some, (document, bytes) => {
        read.facts.set(document.version, factsOf(document, bytes))
      })
    }
  }
}

/** What one call has read of a prompt. */
interface Read {
  /** Undefined for one that cannot be read. */
  readonly facts: Map<string, VersionFacts | undefined>
  /** Of the directory, from before; undefined if it does not prove them. */
  stamp: string | undefined
  /** Whether all of it is from the file of summaries. */
  isSaved: boolean
  /** Whether it is known which stamp the directory had before. */
  hasBegun: boolean
}
