import { LRUCache } from 'lru-cache'
import type { StoredFile } from '../backend.js'
import type { CloudBase } from './outbox-entry.js'

/** A few megabytes at most; what is forgotten counts as unknown. */
const KEYS_MAX = 20_000
const ABSENT = ''

/** What the cloud held after our last change of a key: what an outage's first local change of a key is based on. */
export class CloudMemory {
  readonly #etags = new LRUCache<string, string>({ max: KEYS_MAX })

  see(key: string, file: StoredFile | undefined): void {
    this.#etags.set(key, file?.etag ?? ABSENT)
  }

  /** After a change whose outcome is unknown. */
  forget(key: string): void {
    this.#etags.delete(key)
  }

  base(key: string): CloudBase {
    const etag = this.#etags.get(key)
    if (etag === undefined) return { kind: 'unknown' }
    return etag === ABSENT ? { kind: 'absent' } : { kind: 'file', etag }
  }
}
