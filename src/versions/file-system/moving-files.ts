import { splitForm } from '../../document/version-form.js'
import type { Store } from '../../engine/store.js'
import type { StoreLayout } from './store-layout.js'

/** Brings the layout up to date with the mark. Undefined if it is. */
export type FollowMark = () => Promise<void> | undefined

/** A path that a file may be at. */
export interface Candidate {
  readonly path: string
}

/**
 * Looks for files that other calls and processes may move. A file may be moved while its places are looked at one after
 * another: if none has it, they are looked at again, until that is certain.
 */
export class MovingFiles {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #followMark: FollowMark

  constructor(directory: Store, layout: StoreLayout, followMark: FollowMark) {
    this.#directory = directory
    this.#layout = layout
    this.#followMark = followMark
  }

  /**
   * The first candidate that `look` finds something at, with what it returned.
   * @param candidates called again when the mark has changed
   */
  async find<Place extends Candidate, Found>(
    candidates: () => readonly Place[],
    look: (path: string) => Promise<Found | undefined>,
  ): Promise<(Place & { readonly found: Found }) | undefined> {
    for (let isSettled = false; ; isSettled = true) {
      const { lsn } = this.#directory
      const { changes } = this.#layout
      const places = candidates()
      for (const place of places) {
        const found = await look(place.path)
        if (found !== undefined) return { ...place, found }
      }
      await this.#directory.waitForPublish()
      await this.#followMark()
      // At the first look, commits up to `lsn` may have been half published.
      const isCertain = isSettled || places.length === 1
      if (!isCertain || changes !== this.#layout.changes) continue
      if (!this.#hasMovedSince(lsn, places[0]?.path ?? '')) return undefined
    }
  }

  #hasMovedSince(lsn: number, path: string): boolean {
    const changes = this.#directory.changesSince(lsn)
    if (changes === undefined) return true
    const key = keyOf(path)
    return changes.some((change) => keyOf(change.path) === key)
  }
}

/** The same at every place: the names of the prompt and of the file, without shard and form. */
function keyOf(path: string): string {
  const { plain } = splitForm(path)
  return plain.split('/').slice(-2).join('/')
}
