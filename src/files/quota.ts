import { StorageError } from '../base/errors.js'
import { publish } from '../base/channels.js'
import type { FileBackend } from './backend.js'
import type { FallbackBackend } from './fallback/backend.js'
import { isOutage } from '../objects/failure.js'
import { isVersionKeeper } from './kept.js'
import { allFiles } from './listing.js'

/** Others store too: the greatest age of a count. */
const FRESH_MS = 10_000

export interface QuotaOptions {
  /** Undefined: no limit. */
  readonly bytesMax: number | undefined
  readonly now: () => number
  /** While its cloud is down, stores are held to the known count instead of failing. */
  readonly fallback: FallbackBackend | undefined
}

/** The state of the quota. */
export interface QuotaState {
  readonly quota_bytes: number
  /** Stored bytes of all files and their kept versions, by the last count and what was stored and removed here since. */
  readonly used_bytes: number
  /** When all files were last counted; undefined before the first count. */
  readonly counted_at: string | undefined
  /** True when the last attempt to count has failed, because the cloud was down. */
  readonly outdated: boolean
}

/** Keeps the stored bytes under a limit. Stores of others are counted every ten seconds, and may pass it. */
export class Quota {
  readonly #backend: FileBackend
  readonly #options: QuotaOptions
  #used = 0
  /** Of the last count, and of the last attempt to count, in ms. */
  #countedMs: number | undefined
  #triedMs = Number.NEGATIVE_INFINITY
  #outdated = false
  #counting: Promise<void> | undefined

  constructor(backend: FileBackend, options: QuotaOptions) {
    this.#backend = backend
    this.#options = options
  }

  /** Undefined without a limit. */
  get state(): QuotaState | undefined {
    const { bytesMax } = this.#options
    if (bytesMax === undefined) return undefined
    return {
      quota_bytes: bytesMax,
      used_bytes: this.#used,
      counted_at:
        this.#countedMs === undefined ? undefined : new Date(this.#countedMs).toISOString(),
      outdated: this.#outdated,
    }
  }

  /** To be awaited before `reserve`, which is called where nothing can be awaited. */
  async prepare(): Promise<void> {
    const { bytesMax, now } = this.#options
    if (bytesMax === undefined || now() - this.#triedMs < FRESH_MS) return
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined
    })
    await this.#counting
  }

  /** @throws StorageError FS-QUOTA-001 when `added` bytes more, less those replaced, exceed the limit */
  reserve(key: string, added: number, replaced: number): void {
    const { state } = this
    if (state === undefined) return
    const bytes = this.#used + added - replaced
    if (added > replaced && bytes > state.quota_bytes) {
      const by = this.#outdated ? ', by what was known before the cloud went down' : ''
      throw new StorageError('FS-QUOTA-001', `'${key}' would take the store over its quota${by}`, {
        context: {
          key,
          quota_bytes: state.quota_bytes,
          used_bytes: this.#used,
          needed_bytes: added,
          outdated: this.#outdated,
        },
      })
    }
    this.#used = bytes
  }

  /** A file of unknown size was removed: count again before the next store. */
  forget(): void {
    this.#triedMs = Number.NEGATIVE_INFINITY
  }

  release(bytes: number): void {
    this.#used = Math.max(0, this.#used - bytes)
  }

  async #count(): Promise<void> {
    const { fallback, now } = this.#options
    try {
      // A cloud that is known to be down would only cost time.
      if (fallback?.isDown === true) return await this.#doWithout(fallback)
      this.#used = await bytesOf(this.#backend)
      this.#countedMs = now()
      this.#outdated = false
    } catch (error) {
      if (fallback === undefined || !isOutage(error)) throw error
      await this.#doWithout(fallback)
    } finally {
      this.#triedMs = now()
    }
  }

  /** Before the first count, only the pending bytes are known. */
  async #doWithout(fallback: FallbackBackend): Promise<void> {
    if (this.#countedMs === undefined && !this.#outdated) this.#used = await fallback.pendingBytes()
    if (this.#outdated) return
    this.#outdated = true
    publish('warning', () => ({
      directory: fallback.directory,
      code: 'quota-uncounted',
      message:
        'The cloud is down and its files cannot be counted: the quota is held by what was known',
    }))
  }
}

async function bytesOf(backend: FileBackend): Promise<number> {
  let used = 0
  for await (const { storedBytes } of allFiles(backend, '')) used += storedBytes
  if (!isVersionKeeper(backend)) return used
  for await (const { file } of backend.allVersions('')) used += file?.storedBytes ?? 0
  return used
}
