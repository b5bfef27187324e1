import { commitTimeIn } from '../../document/version-file.js'
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
 * Summaries from memory, and from the files where they are not in memory yet. The documents do not come from the cache,
 * which does not know when they were committed, and do not go into it: a list of everything must not take the place of
 * what is in use.
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
    let checked: number | undefined
    for (;;) {
      await names.current()
      // What was read before is as of the last check, and more may have been committed since that.
      const lsn = checked ?? directory.lsn
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
      if (removed.versions?.size === 0) {
        const fresh = [...read.facts.values()].filter((one) => one !== undefined)
        if (fresh.length > 0) summaries.keep(promptId, fresh, { ...read, generation })
        const found = versions.map((version) => read.facts.get(version) ?? known?.get(version))
        return found.filter((one) => one !== undefined)
      }
      checked = removed.lsn
      for (const version of removed.versions ?? [...read.facts.keys()]) read.facts.delete(version)
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
    if (versions.length > 0) read.isSaved = false
    for (const version of versions) read.facts.set(version, undefined)
    for (let at = 0; at < versions.length; at += READ_TOGETHER) {
      const some = versions.slice(at, at + READ_TOGETHER)
      await readVersions(this.#store, promptId, some, (document, content) => {
        const origin = { size: content.length, savedAt: commitTimeIn(content) }
        read.facts.set(document.version, factsOf(document, origin))
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
