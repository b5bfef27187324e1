import { monotonicMs, sleep } from '../../base/clock.js'
import type { Volume } from '../../disk/disk.js'
import { PAGE_FILE } from '../../format/layout.js'
import { PAGE_BYTES, PAGE_MAGIC, SharedPage } from '../../format/page.js'

/** A flushed commit that is not published after this long has lost its process, or the disk hangs. */
const PUBLISHING_MS = 100
const LOOK_AGAIN_MS = 1

/**
 * Reads the page of a store that this process has not joined. It is believed only where a process of this boot has
 * written it: a page of an earlier boot may be older than the journal.
 */
export class PageReader {
  readonly #volume: Volume
  readonly #boot: string
  /** A commit that was waited for, and was not published. */
  #stuck = 0

  static async of(volume: Volume): Promise<PageReader> {
    return new PageReader(volume, await volume.boot())
  }

  private constructor(volume: Volume, boot: string) {
    this.#volume = volume
    this.#boot = boot
  }

  /** Whether `lsn` is the last one published, without waiting. Undefined where that is unknown. */
  isPublished(lsn: number): true | undefined {
    const page = this.#believed(this.#volume.readHot(PAGE_FILE, PAGE_BYTES))
    return page?.generation === lsn >>> 0 ? true : undefined
  }

  /**
   * As `isPublished`, and no later commit is putting its files in place: a reader may see some of them before the page
   * says that they are published.
   */
  isSettled(lsn: number): true | undefined {
    const page = this.#believed(this.#volume.readHot(PAGE_FILE, PAGE_BYTES))
    if (page?.generation !== lsn >>> 0) return undefined
    return page.getU64('committed') === page.getU64('published') ? true : undefined
  }

  /** The last lsn that is certainly flushed and published. Undefined without a valid page: then the journal tells. */
  async published(): Promise<number | undefined> {
    const deadline = monotonicMs() + PUBLISHING_MS
    for (;;) {
      const page = await this.#read()
      if (page === undefined) return undefined
      const [committed, published] = [page.getU64('committed'), page.getU64('published')]
      if (committed === published || committed === this.#stuck) return committed
      if (monotonicMs() >= deadline) this.#stuck = committed
      else await sleep(LOOK_AGAIN_MS)
    }
  }

  /** Whether no process of this boot has written it, as far as it tells. */
  async isLeftBehind(): Promise<boolean> {
    const bytes = await this.#bytes()
    if (bytes?.length !== PAGE_BYTES) return true
    const page = pageOf(bytes)
    if (page.magic !== PAGE_MAGIC) return true
    return page.boot !== '' && this.#boot !== '' && page.boot !== this.#boot
  }

  /** Two equal reads: a process may be writing to it at this moment. */
  async #read(): Promise<SharedPage | undefined> {
    let last = await this.#bytes()
    for (;;) {
      const bytes = await this.#bytes()
      if (bytes === undefined || (last !== undefined && Buffer.compare(bytes, last) === 0))
        return this.#believed(bytes)
      last = bytes
    }
  }

  async #bytes(): Promise<Uint8Array | undefined> {
    const hot = this.#volume.readHot(PAGE_FILE, PAGE_BYTES)
    return hot ?? (await this.#volume.readRange(PAGE_FILE, 0, PAGE_BYTES))
  }

  #believed(bytes: Uint8Array | undefined): SharedPage | undefined {
    if (bytes?.length !== PAGE_BYTES || this.#boot === '') return undefined
    const page = pageOf(bytes)
    if (page.magic !== PAGE_MAGIC) return undefined
    return page.boot === this.#boot ? page : undefined
  }
}

function pageOf(bytes: Uint8Array): SharedPage {
  return new SharedPage(Uint8Array.from(bytes).buffer)
}
