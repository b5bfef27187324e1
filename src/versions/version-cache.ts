import { LRUCache } from 'lru-cache'
import type { VersionDocument } from './version-storage.js'

/** Size and hit rate of the cache. */
export interface CacheStats {
  readonly size: number
  readonly max_size: number
  /** `size / max_size`. */
  readonly utilization: number
  readonly bytes: number
  readonly max_bytes: number
  /** Documents that `getVersion`, `getLatestVersion` and `listVersions` returned from memory. */
  readonly hits: number
  /**
   * Documents that the same calls had to read from their files, or waited for while another call read them. Missing and
   * unreadable versions count as neither; nor do reads by `warmCache`, `verify` and saves.
   */
  readonly misses: number
  /** `hits / (hits + misses)`, 0 to 1; 0 before the first read. */
  readonly hit_rate: number
}

/** What readers have used since the counts were taken. */
export interface CountedUses {
  readonly hits: number
  readonly misses: number
  readonly documents: readonly UsedDocument[]
}

interface UsedDocument extends VersionDocument {
  readonly uses: number
}

/** How often a document in the cache was used. */
interface Kept {
  uses: number
}

/** Most documents whose uses are remembered after they left the cache. */
const GONE_MAX = 10_000

/** The most recently used documents, bounded in number and bytes. They are frozen and shared. */
export class VersionCache<Version extends VersionDocument> {
  /**
   * A document is its own key, and is found in two short steps: building one key from id and version would cost more
   * than a third of the whole lookup.
   */
  readonly #documents: LRUCache<Version, Kept>
  readonly #byId = new Map<string, Map<string, Version>>()
  readonly #maxBytes: number
  /** Uses of documents that are not in the cache any more. */
  #gone = new Map<string, UsedDocument>()
  /** How many of the hits and misses were taken. */
  #taken = { hits: 0, misses: 0 }
  #hits = 0
  #misses = 0
  #epoch = 0

  constructor(limits: { readonly entries: number; readonly bytes: number }) {
    this.#documents = new LRUCache({
      max: limits.entries,
      maxSize: limits.bytes,
      dispose: ({ uses }, document) => {
        this.#forget(document)
        if (uses > 0) this.#countGone(document, uses)
      },
    })
    this.#maxBytes = limits.bytes
  }

  /**
   * Grows whenever a document is removed because it changed: a document that was read before may be old, and is kept
   * only if the epoch is still the same.
   */
  get epoch(): number {
    return this.#epoch
  }

  /** For callers: counts as a hit, and makes the document the most recent. */
  get(promptId: string, version: string): Version | undefined {
    const document = this.peek(promptId, version)
    if (document === undefined) return undefined
    this.#hits++
    const kept = this.#documents.get(document)
    if (kept !== undefined) kept.uses++
    return document
  }

  /** Counts a document that a caller got from its file. */
  missed(document: Version): void {
    this.#misses++
    const kept = this.#documents.peek(document)
    if (kept === undefined) this.#countGone(document, 1)
    else kept.uses++
  }

  /** What was used since the counts were taken. */
  uses(): CountedUses {
    const kept = [...this.#documents.entries()].flatMap(([document, { uses }]) =>
      uses === 0 ? [] : [usedDocument(document, uses)],
    )
    return {
      hits: this.#hits - this.#taken.hits,
      misses: this.#misses - this.#taken.misses,
      documents: [...this.#gone.values(), ...kept],
    }
  }

  /** Takes the counts: they begin again. */
  takeUses(): CountedUses {
    const counted = this.uses()
    this.#taken = { hits: this.#hits, misses: this.#misses }
    this.#gone = new Map()
    for (const kept of this.#documents.values()) kept.uses = 0
    return counted
  }

  /** Adds counts that were taken and could not be kept. */
  returnUses({ hits, misses, documents }: CountedUses): void {
    this.#taken = { hits: this.#taken.hits - hits, misses: this.#taken.misses - misses }
    for (const document of documents) this.#countGone(document, document.uses)
  }

  /** As `get`, without counting, and without making it the most recent. */
  peek(promptId: string, version: string): Version | undefined {
    return this.#byId.get(promptId)?.get(version)
  }

  put(document: Version, bytes: number, epoch: number): void {
    if (epoch !== this.#epoch || bytes > this.#maxBytes) return
    const { prompt_id: promptId, version } = document
    const before = this.peek(promptId, version)
    if (before !== undefined) this.#documents.delete(before)
    const versions = this.#byId.get(promptId)
    if (versions === undefined) this.#byId.set(promptId, new Map([[version, document]]))
    else versions.set(version, document)
    this.#documents.set(document, { uses: 0 }, { size: Math.max(bytes, 1) })
  }

  remove(promptId: string, version: string): void {
    this.#epoch++
    const document = this.peek(promptId, version)
    if (document !== undefined) this.#documents.delete(document)
  }

  /** Returns how many documents were in it. */
  clear(): number {
    this.#epoch++
    const { size } = this.#documents
    this.#documents.clear()
    return size
  }

  stats(): CacheStats {
    const asked = this.#hits + this.#misses
    return {
      size: this.#documents.size,
      max_size: this.#documents.max,
      utilization: this.#documents.size / this.#documents.max,
      bytes: this.#documents.calculatedSize,
      max_bytes: this.#maxBytes,
      hits: this.#hits,
      misses: this.#misses,
      hit_rate: asked === 0 ? 0 : this.#hits / asked,
    }
  }

  /** A document that does not stay in the cache is used seldom: when there are too many, the least used are dropped. */
  #countGone(document: VersionDocument, uses: number): void {
    const key = `${document.version}:${document.prompt_id}`
    const before = this.#gone.get(key)?.uses ?? 0
    this.#gone.set(key, usedDocument(document, before + uses))
    if (this.#gone.size <= GONE_MAX) return
    const most = [...this.#gone].sort(([, left], [, right]) => right.uses - left.uses)
    this.#gone = new Map(most.slice(0, GONE_MAX / 2))
  }

  #forget({ prompt_id: promptId, version }: Version): void {
    const versions = this.#byId.get(promptId)
    versions?.delete(version)
    if (versions?.size === 0) this.#byId.delete(promptId)
  }
}

function usedDocument({ prompt_id, version }: VersionDocument, uses: number): UsedDocument {
  return { prompt_id, version, uses }
}
