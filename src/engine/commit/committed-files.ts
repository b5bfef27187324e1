import { inTurn } from '../../base/turns.js'
import type { OpenFile, Volume } from '../../disk/disk.js'
import type { JournalOverlay } from '../journal/overlay.js'
import { contentAfterRedo, openCommitted } from '../journal/serve-journal.js'

/** The files of a store as its commits have left them, whether they have been brought to their place or not. */
export class CommittedFiles {
  readonly #volume: Volume
  readonly #overlay: JournalOverlay | undefined

  constructor(volume: Volume, overlay: JournalOverlay | undefined) {
    this.#volume = volume
    this.#overlay = overlay
  }

  /** From the page cache, at once, where it can. */
  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const redone = this.#overlay?.get(path)
    if (redone !== undefined) return await contentAfterRedo(this.#volume, redone, maxBytes)
    const hot = this.#volume.readHot(path, maxBytes)
    return hot === undefined ? await this.#volume.read(path, maxBytes) : await inTurn(hot)
  }

  /** Those in their place in one hop; each its own result. */
  async readMany(
    paths: readonly string[],
    maxBytes: number,
  ): Promise<readonly (Uint8Array | undefined | Error)[]> {
    const overlay = this.#overlay
    const plain = paths.filter((path) => overlay?.get(path) === undefined)
    const read = plain.length === 0 ? [] : await this.#volume.readMany(plain, maxBytes)
    if (plain.length === paths.length) return read
    const found = new Map(plain.map((path, at) => [path, read[at]]))
    return await Promise.all(
      paths.map(async (path) =>
        found.has(path) ? found.get(path) : await this.read(path, maxBytes),
      ),
    )
  }

  async open(path: string): Promise<OpenFile | undefined> {
    return await openCommitted(this.#volume, this.#overlay?.get(path), path)
  }
}
