import { StorageError } from '../errors.js'
import type { FileBackend } from './backend.js'
import { allFiles } from './listing.js'

/** Others store too: how old a count may be. */
const FRESH_MS = 10_000

/** Keeps the stored bytes under a limit. What others store is counted anew every ten seconds, so it may be passed by that. */
export class Quota {
  readonly #backend: FileBackend
  readonly #bytesMax: number | undefined
  readonly #now: () => number
  #used = 0
  #countedMs = Number.NEGATIVE_INFINITY
  #counting: Promise<void> | undefined

  constructor(backend: FileBackend, bytesMax: number | undefined, now: () => number) {
    this.#backend = backend
    this.#bytesMax = bytesMax
    this.#now = now
  }

  /** To be awaited before `reserve`, which is called where nothing can be awaited. */
  async prepare(): Promise<void> {
    if (this.#bytesMax === undefined || this.#now() - this.#countedMs < FRESH_MS) return
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined
    })
    await this.#counting
  }

  /** @throws StorageError FS-QUOTA-001 when `added` bytes more, less those replaced, are too many */
  reserve(key: string, added: number, replaced: number): void {
    if (this.#bytesMax === undefined) return
    const bytes = this.#used + added - replaced
    if (added > replaced && bytes > this.#bytesMax) {
      throw new StorageError('FS-QUOTA-001', `'${key}' would take the store over its quota`, {
        context: { key, quota_bytes: this.#bytesMax, used_bytes: this.#used, needed_bytes: added },
      })
    }
    this.#used = bytes
  }

  /** Something went whose size is not known: count anew before the next store. */
  forget(): void {
    this.#countedMs = Number.NEGATIVE_INFINITY
  }

  release(bytes: number): void {
    this.#used = Math.max(0, this.#used - bytes)
  }

  async #count(): Promise<void> {
    let used = 0
    for await (const { storedBytes } of allFiles(this.#backend, '')) used += storedBytes
    this.#used = used
    this.#countedMs = this.#now()
  }
}
