import { isDamage } from '../../base/errors.js'
import { sortVersions } from '../../document/version-number.js'
import type { PromptHead } from '../prompt-heads.js'
import type { CopiedVersion } from '../version-copies.js'
import {
  announceDamage,
  readChecked,
  readCopy,
  readVersion,
  type Expected,
  type ReaderRules,
} from '../version-reader.js'
import { VersionCache, type CacheStats } from '../version-cache.js'
import { pageOf, type ResolvedListOptions, type VersionDocument } from '../version-storage.js'
import { factsOf, type VersionFacts } from '../version-summaries.js'
import type { DocumentSource, SourceReport, StoredDocument } from './document-source.js'
import type { ResolvedDocumentOptions } from './document-storage-options.js'
import { PromptMemory } from './prompt-memory.js'

/** A document with what the source says of it. */
interface ReadDocument<Version> {
  readonly document: Version
  readonly stored: StoredDocument
}

/** How many documents one request asks for. */
const READ_TOGETHER = 64
const LATEST: ResolvedListOptions = { limit: 1, offset: 0, order: 'descending' }

/** How many prompts' numbers are kept for each document of the cache. */
const PROMPTS_PER_DOCUMENT = 10

/** Reads a source through the cache. An answer from memory is given only after the source was asked what has changed. */
export class DocumentReader<Version extends VersionDocument> {
  readonly #source: DocumentSource
  readonly #rules: ReaderRules<Version>
  readonly #cache: VersionCache<Version> | undefined
  readonly #prompts: PromptMemory | undefined

  constructor(
    source: DocumentSource,
    rules: ReaderRules<Version>,
    { useCache, cacheSize, cacheBytes }: ResolvedDocumentOptions<Version>,
  ) {
    this.#source = source
    this.#rules = rules
    if (!useCache) return
    this.#cache = new VersionCache({ entries: cacheSize, bytes: cacheBytes })
    this.#prompts = new PromptMemory(cacheSize * PROMPTS_PER_DOCUMENT)
  }

  /** Undefined without a cache. */
  get cacheStats(): CacheStats | undefined {
    return this.#cache?.stats()
  }

  /**
   * The document in memory, if memory may answer at once; undefined otherwise. Only for a source whose memory may be old
   * for a time: any other is asked before each answer.
   */
  known(promptId: string, version: string): Version | undefined {
    if (this.#cache === undefined || this.#source.coherence === 'nextCall') return undefined
    const refreshing = this.#source.refresh(false)
    if (refreshing === undefined) return this.#cache.get(promptId, version)
    // The call that follows asks, too, and shares this question and its failure.
    refreshing.catch(() => undefined)
    return undefined
  }

  /** @throws StorageError for a damaged document */
  async document(promptId: string, version: string, fresh: boolean): Promise<Version | undefined> {
    await this.#refresh(fresh)
    const cached = this.#cache?.get(promptId, version)
    if (cached !== undefined) return cached
    const epoch = this.#cache?.epoch
    const [stored] = await this.#source.get(promptId, [version])
    if (stored === undefined) return undefined
    const document = await this.decode(promptId, stored)
    this.#keep(document, stored, epoch)
    this.#cache?.missed(document)
    return document
  }

  /**
   * Those that exist and are sound, in the given order. Damaged ones are announced. An iteration asks long after it has
   * read the numbers, so changes are asked for again.
   */
  async documents(promptId: string, versions: readonly string[]): Promise<readonly Version[]> {
    await this.#refresh(false)
    const found = new Map<string, Version>()
    const missing: string[] = []
    for (const version of versions) {
      const cached = this.#cache?.get(promptId, version)
      if (cached === undefined) missing.push(version)
      else found.set(version, cached)
    }
    for (const { document } of await this.#read(promptId, missing)) {
      this.#cache?.missed(document)
      found.set(document.version, document)
    }
    return Object.freeze(versions.flatMap((version) => found.get(version) ?? []))
  }

  /** A part of the list of a prompt. Damaged ones are left out and announced. */
  async page(promptId: string, page: ResolvedListOptions): Promise<readonly Version[]> {
    const stored = await this.#storedPage(promptId, page)
    if (stored === undefined)
      return await this.documents(promptId, pageOf(await this.names(promptId), page))
    const documents: Version[] = []
    for (const each of stored) {
      const document =
        this.#decodeSound(promptId, each) ?? (await this.#decodeOrSkip(promptId, each))
      if (document !== undefined) documents.push(document)
    }
    return Object.freeze(documents)
  }

  /** The highest by precedence. @throws StorageError if it is damaged */
  async latest(promptId: string, fresh: boolean): Promise<Version | undefined> {
    const stored = await this.#storedPage(promptId, LATEST)
    if (stored !== undefined)
      return stored[0] === undefined ? undefined : await this.decode(promptId, stored[0])
    for (;;) {
      const version = (await this.names(promptId, fresh)).at(-1)
      if (version === undefined) return undefined
      const document = await this.document(promptId, version, false)
      if (document !== undefined) return document
      // Deleted between the two reads: what is remembered of the prompt is old.
      this.apply({ kind: 'delete', promptId, version })
    }
  }

  /** What these versions say in short, in the given order. Damaged ones are announced. */
  async facts(promptId: string, versions: readonly string[]): Promise<readonly VersionFacts[]> {
    const read = await this.#read(promptId, versions)
    const found = new Map(
      read.map(({ document, stored }) => [
        stored.version,
        factsOf(document, { size: stored.bytes.length, savedAt: stored.savedAt ?? undefined }),
      ]),
    )
    return versions.flatMap((version) => found.get(version) ?? [])
  }

  /** Those that exist, in the given order, as they are kept. @throws StorageError for a damaged one */
  async copies(promptId: string, versions: readonly string[]): Promise<readonly CopiedVersion[]> {
    const found = new Map<string, CopiedVersion>()
    for (let at = 0; at < versions.length; at += READ_TOGETHER)
      for (const stored of await this.#source.get(promptId, versions.slice(at, at + READ_TOGETHER)))
        found.set(stored.version, await this.#copy(promptId, stored))
    return versions.flatMap((version) => found.get(version) ?? [])
  }

  async #copy(
    promptId: string,
    { version, bytes, savedAt }: StoredDocument,
  ): Promise<CopiedVersion> {
    const path = `${this.#source.place}: ${promptId}/${version}`
    return await readCopy(bytes, { promptId, version, path }, this.#rules, savedAt)
  }

  /** Ascending by precedence. */
  async names(promptId: string, fresh = false): Promise<readonly string[]> {
    await this.#refresh(fresh)
    const known = this.#prompts?.names(promptId)
    if (known !== undefined) return known
    const epoch = this.#prompts?.epoch
    const names = Object.freeze(sortVersions(await this.#source.names(promptId)))
    if (epoch !== undefined) this.#prompts?.keepNames(promptId, names, epoch)
    return names
  }

  async head(promptId: string, fresh = false): Promise<PromptHead | undefined> {
    await this.#refresh(fresh)
    const known = this.#prompts?.head(promptId)
    if (known !== undefined) return known.head
    const epoch = this.#prompts?.epoch
    const head = await this.#source.head(promptId)
    if (epoch !== undefined) this.#prompts?.keepHead(promptId, head, epoch)
    return head
  }

  /** @throws StorageError for a damaged document */
  async decode(promptId: string, stored: StoredDocument): Promise<Version> {
    const sound = this.#decodeSound(promptId, stored)
    if (sound !== undefined) return sound
    return await readVersion(stored.bytes, this.#expected(promptId, stored), this.#rules)
  }

  /** Counts changes of the cache: `keepSaved` takes the number from before the save. */
  get epoch(): number | undefined {
    return this.#cache?.epoch
  }

  /** Keeps a document that was saved. @param epoch that of the cache before the save */
  keepSaved(document: Version, bytes: number, epoch: number | undefined): void {
    if (epoch !== undefined) this.#cache?.put(document, bytes, epoch)
  }

  /** Takes in what has changed. */
  apply(event: SourceReport): void {
    if (event.kind === 'reset' || event.kind === 'expired') {
      this.#cache?.clear()
      this.#prompts?.clear()
      return
    }
    this.#prompts?.forget(event.promptId)
    // A version that is saved was not there before: no older document of it is kept.
    if (event.kind === 'delete') this.#cache?.remove(event.promptId, event.version)
  }

  /** Without anything in memory, each answer is the source's own. */
  async #refresh(fresh: boolean): Promise<void> {
    if (this.#cache !== undefined) await this.#source.refresh(fresh)
  }

  /** Undefined where documents are read by their numbers: those may be in memory, or be too many for one request. */
  async #storedPage(
    promptId: string,
    page: ResolvedListOptions,
  ): Promise<readonly StoredDocument[] | undefined> {
    if (this.#cache !== undefined || page.limit > READ_TOGETHER) return undefined
    return await this.#source.page?.(promptId, page)
  }

  async #read(
    promptId: string,
    versions: readonly string[],
  ): Promise<readonly ReadDocument<Version>[]> {
    const read: ReadDocument<Version>[] = []
    for (let at = 0; at < versions.length; at += READ_TOGETHER) {
      const epoch = this.#cache?.epoch
      const part = await this.#source.get(promptId, versions.slice(at, at + READ_TOGETHER))
      for (const stored of part) {
        const document =
          this.#decodeSound(promptId, stored) ?? (await this.#decodeOrSkip(promptId, stored))
        if (document === undefined) continue
        this.#keep(document, stored, epoch)
        read.push({ document, stored })
      }
    }
    return read
  }

  /** Nearly all documents, without a promise for each. Undefined for one that needs further checks. */
  #decodeSound(promptId: string, stored: StoredDocument): Version | undefined {
    return readChecked<Version>(stored.bytes, this.#expected(promptId, stored), this.#rules)
  }

  #expected(promptId: string, { version }: StoredDocument): Expected {
    return { promptId, version, path: `${this.#source.place}: ${promptId}/${version}` }
  }

  async #decodeOrSkip(promptId: string, stored: StoredDocument): Promise<Version | undefined> {
    try {
      return await this.decode(promptId, stored)
    } catch (error) {
      if (!isDamage(error)) throw error
      announceDamage(this.#source.place, error)
      return undefined
    }
  }

  #keep(document: Version, { bytes }: StoredDocument, epoch: number | undefined): void {
    const { prompt_id: promptId, version } = document
    if (epoch === undefined || this.#cache?.peek(promptId, version) !== undefined) return
    this.#cache?.put(document, bytes.length, epoch)
  }
}
