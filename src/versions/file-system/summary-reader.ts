import { pageOf, type ResolvedListOptions, type VersionDocument } from '../version-storage.js'
import {
  factsOf,
  summariesOf,
  type VersionFacts,
  type VersionSummary,
} from '../version-summaries.js'
import type { OpenStore } from './open-store.js'
import { readVersions } from './read-versions.js'
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
    const read = new Map<string, VersionFacts | undefined>()
    for (;;) {
      await names.current()
      const { lsn } = directory
      const { generation } = summaries
      const versions = pageOf(await names.versions(promptId), page)
      const known = summaries.of(promptId)
      const missing = versions.filter((version) => !known?.has(version) && !read.has(version))
      for (let at = 0; at < missing.length; at += READ_TOGETHER)
        await this.#read(promptId, missing.slice(at, at + READ_TOGETHER), read)
      const removed = await removedSince(this.#store, lsn, promptId)
      if (removed?.size === 0) {
        const found = versions.map((version) => read.get(version) ?? known?.get(version))
        const fresh = [...read.values()].filter((one) => one !== undefined)
        if (fresh.length > 0) summaries.keep(promptId, fresh, generation)
        return found.filter((one) => one !== undefined)
      }
      for (const version of removed ?? [...read.keys()]) read.delete(version)
    }
  }

  async #read(
    promptId: string,
    versions: readonly string[],
    into: Map<string, VersionFacts | undefined>,
  ): Promise<void> {
    const wanted: string[] = []
    for (const version of versions) {
      const cached = this.#store.cache?.peekSized(promptId, version)
      into.set(version, cached && factsOf(cached.document, cached.bytes))
      if (cached === undefined) wanted.push(version)
    }
    await readVersions(this.#store, promptId, wanted, (document, bytes) => {
      into.set(document.version, factsOf(document, bytes))
    })
  }
}
