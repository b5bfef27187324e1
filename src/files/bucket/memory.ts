import { LRUCache } from 'lru-cache'
import type { StoredObject } from '../../objects/service.js'

const BYTES_MAX = 8 * 1024 * 1024
/** Besides the metadata. */
const ENTRY_BYTES = 256

/**
 * The objects as this process last saw them. A store may begin with what is known here instead of a query: it states
 * what it replaces, so one that begins with outdated knowledge is refused and asks then.
 */
export class ObjectMemory {
  readonly #objects = new LRUCache<string, StoredObject>({
    maxSize: BYTES_MAX,
    sizeCalculation: ({ metadata }) => ENTRY_BYTES + Object.values(metadata).join('').length,
  })

  get(name: string): StoredObject | undefined {
    return this.#objects.get(name)
  }

  /** After a change by this process. */
  keep(name: string, object: StoredObject): void {
    // Without its body, which a written one still has.
    const { version, bytes, metadata } = object
    this.#objects.set(name, { name, version, bytes, metadata })
  }

  /** Before a change, whatever comes of it. */
  forget(name: string): void {
    this.#objects.delete(name)
  }

  /**
   * After a query.
   * @param before what was known when it began: if that has changed, a change by this process came between
   */
  see(name: string, found: StoredObject | undefined, before: StoredObject | undefined): void {
    if (this.#objects.get(name) !== before) return
    if (found === undefined) this.forget(name)
    else this.keep(name, found)
  }
}
