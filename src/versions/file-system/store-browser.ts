import { isDamage } from '../../base/errors.js'
import {
  iteratePromptIds,
  iterateVersions,
  type IterationSource,
  type PromptIdsOptions,
  type VersionsOptions,
} from '../version-iteration.js'
import { pageOf, type ResolvedListOptions, type VersionDocument } from '../version-storage.js'
import type { OpenStore } from './open-store.js'
import { readFailure, readVersions, recheckMissing } from './read-versions.js'
import { removedSince } from './removed-since.js'
import { plainBytes } from './version-codec.js'
import type { FoundFile } from './version-files.js'
import { announceDamage, readChecked, readVersion, type Expected } from '../version-reader.js'
import type { CacheUsage } from './usage-file.js'

/** Reading and listing over an open store. */
export class StoreBrowser<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  /** Reads under way: calls that come meanwhile get the same document. */
  readonly #loading = new Map<string, Promise<Version | undefined>>()

  constructor(store: OpenStore<Version>) {
    this.#store = store
  }

  async get(promptId: string, version: string): Promise<Version | undefined> {
    const { names, cache } = this.#store
    await names.current()
    const cached = cache?.get(promptId, version)
    if (cached !== undefined) return cached
    const document = await this.#find(promptId, version)
    if (document !== undefined) cache?.missed(document)
    return document
  }

  /** The documents are not put into the cache: they must not take the place of what is in use. */
  versions(options: VersionsOptions): AsyncGenerator<Version, void, void> {
    const { cache, features, names } = this.#store
    const source: IterationSource<Version> = {
      names: async (promptId) => {
        await names.current()
        return await features.reading(async () => [...(await names.versions(promptId))])
      },
      read: async (promptId, versions) => {
        await names.current()
        await features.assertKnown()
        const found = new Map(
          versions.map((version) => [version, cache?.peek(promptId, version)] as const),
        )
        const missing = versions.filter((version) => found.get(version) === undefined)
        await readVersions(this.#store, promptId, missing, (document) => {
          found.set(document.version, document)
        })
        return [...found.values()].filter((document) => document !== undefined)
      },
    }
    return iterateVersions(source, options)
  }

  promptIds(options: PromptIdsOptions | undefined): AsyncGenerator<string, void, void> {
    const { features } = this.#store
    const ids = async (): Promise<readonly string[]> =>
      await features.reading(async () => await this.sortedIds())
    return iteratePromptIds(ids, options)
  }

  async sortedIds(): Promise<readonly string[]> {
    await this.#store.names.current()
    return await this.#store.names.promptIds()
  }

  async names(promptId: string, page: ResolvedListOptions): Promise<readonly string[]> {
    await this.#store.names.current()
    return pageOf(await this.#store.names.versions(promptId), page)
  }

  /**
   * Damaged versions are left out and announced. The names are of one moment and the files are read after it: if a
   * version was removed in between, the names are read again, and then only the versions that may differ.
   */
  async list(promptId: string, page: ResolvedListOptions): Promise<readonly Version[]> {
    const loaded = new Map<string, Version | undefined>()
    let checked: number | undefined
    for (;;) {
      await this.#store.names.current()
      // What was loaded before is as of the last check, and more may have been committed since that.
      const lsn = checked ?? this.#store.directory.lsn
      const versions = await this.names(promptId, page)
      const missing = versions.filter((version) => !loaded.has(version))
      const documents = await this.#loadMany(promptId, missing)
      for (const [at, version] of missing.entries()) loaded.set(version, documents[at])
      const removed = await removedSince(this.#store, lsn, promptId)
      if (removed.versions?.size === 0) {
        const found = versions.map((version) => loaded.get(version))
        return Object.freeze(found.filter((document) => document !== undefined))
      }
      checked = removed.lsn
      for (const version of removed.versions ?? loaded.keys()) loaded.delete(version)
    }
  }

  async latest(promptId: string): Promise<Version | undefined> {
    for (;;) {
      await this.#store.names.current()
      const { lsn } = this.#store.directory
      const highest = await this.#store.names.latest(promptId)
      if (highest === undefined) return undefined
      const document = await this.#readableFrom(promptId, highest)
      // Gone, or deleted and saved again, between the two reads: begin again.
      if (document === undefined) continue
      if ((await removedSince(this.#store, lsn, promptId)).versions?.size === 0) return document
    }
  }

  async indexSnapshot(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { names } = this.#store
    await names.current()
    const snapshot: [string, readonly string[]][] = []
    for (const promptId of await names.promptIds()) {
      snapshot.push([promptId, Object.freeze([...(await names.versions(promptId))])])
    }
    // fromEntries defines own properties: an id such as __proto__ is a key like any other.
    return Object.freeze(Object.fromEntries(snapshot))
  }

  /** @param limit at most this many documents */
  async usage(limit: number): Promise<CacheUsage | undefined> {
    const { usage } = this.#store
    if (usage === undefined) return undefined
    const { at: _at, documents, ...counts } = await usage.read()
    return Object.freeze({ ...counts, documents: Object.freeze(documents.slice(0, limit)) })
  }

  /** The documents that were used most, then the latest ones of other prompts. */
  async warmCache(limit: number | undefined): Promise<number> {
    const { names, cache, usage } = this.#store
    if (cache === undefined || usage === undefined) return 0
    await names.current()
    const wanted = await this.#wanted(await usage.read(), limit ?? cache.stats().max_size)
    let warmed = 0
    // The most used come last, so that they stay if there are too many.
    for (const { prompt_id: promptId, version } of wanted.toReversed()) {
      const known = cache.peek(promptId, version) ?? (await this.#find(promptId, version))
      if (known !== undefined) warmed++
    }
    return warmed
  }

  /** @param most at most this many */
  async #wanted({ documents }: CacheUsage, most: number): Promise<readonly VersionDocument[]> {
    const { names } = this.#store
    const used = documents.filter((one) => names.has(one.prompt_id, one.version) !== false)
    const wanted: VersionDocument[] = used.slice(0, most)
    const known = new Set(wanted.map(({ prompt_id, version }) => `${version}:${prompt_id}`))
    if (wanted.length === most) return wanted
    for (const promptId of await names.promptIds()) {
      const version = await names.latest(promptId)
      if (version === undefined || known.has(`${version}:${promptId}`)) continue
      wanted.push({ prompt_id: promptId, version })
      if (wanted.length === most) break
    }
    return wanted
  }

  async #find(promptId: string, version: string): Promise<Version | undefined> {
    const isKnown = this.#store.names.has(promptId, version)
    return isKnown === false ? undefined : await this.#load(promptId, version, isKnown)
  }

  #load(
    promptId: string,
    version: string,
    isKnown: true | undefined,
  ): Promise<Version | undefined> {
    // A read that began before the last commit may return what that commit has removed: new calls must not get it.
    const key = `${this.#store.directory.lsn}:${version}:${promptId}`
    const running = this.#loading.get(key)
    if (running !== undefined) return running
    const loading = this.#read(promptId, version, isKnown).finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading
  }

  async #read(
    promptId: string,
    version: string,
    isKnown: true | undefined,
  ): Promise<Version | undefined> {
    const { cache, files } = this.#store
    const epoch = cache?.epoch ?? 0
    const file =
      isKnown === undefined
        ? await files.read(promptId, version)
        : await this.#readKnown(promptId, version)
    if (file === undefined) return await recheckMissing(this.#store, promptId, version)
    const expected = { promptId, version, path: file.path }
    const { form } = file.place
    const bytes = form === 'plain' ? file.found : await plainBytes(file.found, form, expected)
    return this.#takeChecked(bytes, expected, epoch) ?? (await this.#take(bytes, expected, epoch))
  }

  async #readKnown(promptId: string, version: string): Promise<FoundFile | undefined> {
    try {
      return await this.#store.files.readCommitted(promptId, version)
    } catch (error) {
      throw readFailure(error, { promptId, version })
    }
  }

  async #take(bytes: Uint8Array, expected: Expected, epoch: number): Promise<Version> {
    const document = await readVersion(bytes, expected, this.#store.rules)
    this.#store.cache?.put(document, bytes.length, epoch)
    return document
  }

  /** Undefined if the file is not plainly as it was saved: `#take` finds out why. */
  #takeChecked(content: Uint8Array, expected: Expected, epoch: number): Version | undefined {
    const document = readChecked<Version>(content, expected, this.#store.rules)
    if (document !== undefined) this.#store.cache?.put(document, content.length, epoch)
    return document
  }

  /** Damaged ones are left out and announced. */
  async #loadMany(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly (Version | undefined)[]> {
    const { cache } = this.#store
    const documents = new Map(versions.map((version) => [version, cache?.get(promptId, version)]))
    const epoch = cache?.epoch ?? 0
    const wanted = versions.filter((version) => documents.get(version) === undefined)
    await readVersions(this.#store, promptId, wanted, (document, content) => {
      cache?.put(document, content.length, epoch)
      cache?.missed(document)
      documents.set(document.version, document)
    })
    return versions.map((version) => documents.get(version))
  }

  /** The version; if it is damaged and `onCorrupt` is 'skip', the highest readable one below it. */
  async #readableFrom(promptId: string, highest: string): Promise<Version | undefined> {
    try {
      return await this.get(promptId, highest)
    } catch (error) {
      if (this.#store.onCorrupt === 'raise' || !isDamage(error)) throw error
      announceDamage(this.#store.directory.path, error)
      return await this.#latestReadable(promptId, highest)
    }
  }

  async #latestReadable(promptId: string, below: string): Promise<Version | undefined> {
    const versions = await this.#store.names.versions(promptId)
    const documents = await this.#loadMany(promptId, versions.slice(0, versions.indexOf(below)))
    return documents.findLast((document) => document !== undefined)
  }
}
