import { LRUCache } from 'lru-cache'
import type { VersionDocument } from './version-storage.js'

/** How the cache is doing. */
export interface CacheStats {
  readonly size: number
  readonly max_size: number
  /** `size / max_size`. */
  readonly utilization: number
  readonly bytes: number
  readonly max_bytes: number
  readonly hits: number
  readonly misses: number
  /** Hits of all questions, 0 to 1; 0 when nothing was asked. */
  readonly hit_rate: number
}

/** The most recently used documents, bounded in number and bytes. What is in it is frozen and shared. */
export class VersionCache<Version extends VersionDocument> {
  readonly #documents: LRUCache<string, Version>
  readonly #maxBytes: number
  #hits = 0
  #misses = 0
  #epoch = 0

  constructor(limits: { readonly entries: number; readonly bytes: number }) {
    this.#documents = new LRUCache({ max: limits.entries, maxSize: limits.bytes })
    this.#maxBytes = limits.bytes
  }

  /**
   * Moves whenever something was taken out because it changed: what was read before that may be old, and is kept only
   * if the epoch is still the same.
   */
  get epoch(): number {
    return this.#epoch
  }

  get(promptId: string, version: string): Version | undefined {
    const asked = typeof promptId === 'string' && typeof version === 'string'
    const document = asked ? this.#documents.get(`${promptId}:${version}`) : undefined
    // The colon may stand in an id: the document says whether this is the pair that was asked for.
    if (document?.version !== version) {
      this.#misses++
      return undefined
    }
    this.#hits++
    return document
  }

  /** Without counting, and without making it the most recent. */
  peek(promptId: string, version: string): Version | undefined {
    const document = this.#documents.peek(`${promptId}:${version}`)
    return document?.version === version ? document : undefined
  }

  put(document: Version, bytes: number, epoch: number): void {
    if (epoch !== this.#epoch || bytes > this.#maxBytes) return
    this.#documents.set(`${document.prompt_id}:${document.version}`, document, {
      size: Math.max(bytes, 1),
    })
  }

  remove(promptId: string, version: string): void {
    this.#epoch++
    this.#documents.delete(`${promptId}:${version}`)
  }

  clear(): void {
    this.#epoch++
    this.#documents.clear()
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
}
