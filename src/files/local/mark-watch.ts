import { FILES_MARK_FILE } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'

/** A part of what the mark says: read once, and again when any process has changed the mark. */
export class MarkWatch<Value> {
  readonly #directory: Store
  readonly #read: (directory: Store) => Promise<Value>
  #value: { readonly read: Value } | undefined
  #changes = 0

  constructor(directory: Store, read: (directory: Store) => Promise<Value>) {
    this.#directory = directory
    this.#read = read
    directory.onChange({
      changed: (changes) => {
        if (changes.some(({ path }) => path === FILES_MARK_FILE)) this.forget()
      },
      reset: () => this.forget(),
    })
  }

  /** As of this call. @throws what reading throws */
  async current(): Promise<Value> {
    if (!this.#directory.isCurrent) await this.#directory.refresh()
    if (this.#value !== undefined) return this.#value.read
    const before = this.#changes
    const read = await this.#read(this.#directory)
    if (before === this.#changes) this.#value = { read }
    return read
  }

  forget(): void {
    this.#value = undefined
    this.#changes++
  }
}
