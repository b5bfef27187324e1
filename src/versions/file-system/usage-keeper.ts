import { isStorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { clearInterval, nowMs, setInterval } from '../../base/clock.js'
import { USAGE_FILE } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import type { VersionCache } from '../version-cache.js'
import type { VersionDocument } from '../version-storage.js'
import {
  decodeUsage,
  encodeUsage,
  NO_USAGE,
  USAGE_BYTES_MAX,
  withUses,
  type DatedUsage,
} from './usage-file.js'

/** Uses that are not worth writing when the store is closed: a command that reads one document leaves no trace. */
const WORTH_WRITING = 10
const WRITE_EVERY_MS = 60_000

/**
 * Keeps how often documents are used, for `warmCache` of the next process. The cache counts in memory; now and then the
 * counts are added to a derived file. Two processes that write it at the same moment keep the counts of one.
 */
export class UsageKeeper<Version extends VersionDocument> {
  readonly #directory: Store
  readonly #cache: VersionCache<Version>
  readonly #timer: NodeJS.Timeout
  #writing: Promise<void> = Promise.resolve()

  constructor(directory: Store, cache: VersionCache<Version>) {
    this.#directory = directory
    this.#cache = cache
    directory.onCheckpoint(async () => await this.write(), directory.lsn)
    this.#timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref()
  }

  /** What was used lately, in all processes; of others, as they have written it. */
  async read(): Promise<DatedUsage> {
    await this.#writing
    return withUses(await this.#readFile(), this.#cache.uses(), new Date(nowMs()))
  }

  /** Adds what this process has counted to the file. A failure is published. */
  async write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#write()
      } catch (error) {
        this.#report(error)
      }
    })
    await this.#writing
  }

  /** Forgets what was used. */
  async remove(): Promise<void> {
    await this.#writing
    this.#cache.takeUses()
    await this.#directory.volume.remove(USAGE_FILE)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.write()
  }

  async #write(): Promise<void> {
    if (this.#directory.isReadOnly || this.#directory.health().state !== 'ok') return
    const { hits, misses } = this.#cache.uses()
    if (hits + misses < WORTH_WRITING) return
    const before = await this.#readFile()
    const counted = this.#cache.takeUses()
    try {
      const bytes = encodeUsage(withUses(before, counted, new Date(nowMs())))
      await this.#directory.volume.write(USAGE_FILE, bytes, { replace: true, flush: false })
    } catch (error) {
      this.#cache.returnUses(counted)
      throw error
    }
  }

  /** A damaged file is treated as missing. */
  async #readFile(): Promise<DatedUsage> {
    try {
      const bytes = await this.#directory.volume.read(USAGE_FILE, USAGE_BYTES_MAX)
      return (bytes && decodeUsage(bytes)) ?? NO_USAGE
    } catch (error) {
      if (!isStorageError(error)) throw error
      this.#report(error)
      return NO_USAGE
    }
  }

  #report(error: unknown): void {
    const { path } = this.#directory
    publish('background-error', () => ({ directory: path, stage: 'usage', error }))
  }
}
