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

/** The most recently used documents, bounded in number and bytes. They are frozen and shared. */
export class VersionCache<Version extends VersionDocument> {
  /**
   * A document is its own key, and is found in two short steps: building one key from id and version would cost more
   * than a third of the whole lookup.
   */
  readonly #documents: LRUCache<Version, true>
  readonly #byId = new Map<string, Map<string, Version>>()
  readonly #maxBytes: number
  #hits = 0
  #misses = 0
  #epoch = 0

  constructor(limits: { readonly entries: number; readonly bytes: number }) {
    this.#documents = new LRUCache({
      max: limits.entries,
      maxSize: limits.bytes,
      dispose: (_, document) => this.#forget(document),
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
    this.#documents.get(document)
    return document
  }

  /** Counts a document that a caller got from its file. */
  missed(): void {
    this.#misses++
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
    this.#documents.set(document, true, { size: Math.max(bytes, 1) })
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

  #forget({ prompt_id: promptId, version }: Version): void {
    const versions = this.#byId.get(promptId)
    versions?.delete(version)
    if (versions?.size === 0) this.#byId.delete(promptId)
  }
}
