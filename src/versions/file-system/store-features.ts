import { METADATA_FILE } from '../../document/store-names.js'
import type { Store } from '../../engine/store.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { amendment, amendMetadata, readMetadata, withFeature, type Feature } from './metadata.js'

/** The features that the mark of an open store requires: this process adds its own, and notices those of others. */
export class StoreFeatures {
  readonly #directory: Store
  /** A feature is never removed from a mark. */
  readonly #recorded: Set<string>
  readonly #recording = new Map<Feature, Promise<void>>()
  /** The mark was changed, perhaps to require what this process does not know. */
  #isUnread = false

  /** @param recorded those in the mark when the store was opened */
  constructor(directory: Store, recorded: readonly string[]) {
    this.#directory = directory
    this.#recorded = new Set(recorded)
    directory.onChange({
      changed: (changes) => {
        if (changes.some(({ path }) => path === METADATA_FILE)) this.#isUnread = true
      },
      reset: () => (this.#isUnread = true),
    })
  }

  /** Undefined if there is nothing to wait for. @throws StorageError FS-FORMAT-001 naming a feature that is unknown */
  assertKnown(): Promise<void> | undefined {
    return this.#isUnread ? this.#read() : undefined
  }

  /** Whether the mark requires the feature; true if the mark is lost. */
  async mayRequire(feature: Feature): Promise<boolean> {
    const mark = await readMetadata(this.#directory)
    return mark === undefined || mark.requires?.includes(feature) === true
  }

  /** Records in the mark, before its first file is written, a feature that readers have to know. */
  async record(feature: Feature): Promise<void> {
    if (this.#recorded.has(feature)) return
    const recording = this.#recording.get(feature) ?? this.#record(feature)
    this.#recording.set(feature, recording)
    try {
      await recording
      this.#recorded.add(feature)
    } catch (error) {
      this.#recording.delete(feature)
      throw error
    }
  }

  /** As `record`, in the transaction of the file itself: it may free space, and the mark alone would need some. */
  async recording(features: readonly Feature[]): Promise<readonly Operation[]> {
    const missing = features.filter((feature) => !this.#recorded.has(feature))
    if (missing.length === 0) return []
    const operation = await amendment(this.#directory, (found) =>
      missing.reduce(withFeature, found),
    )
    if (operation !== undefined) return [operation]
    for (const feature of missing) this.#recorded.add(feature)
    return []
  }

  async #record(feature: Feature): Promise<void> {
    await amendMetadata(this.#directory, (metadata) => withFeature(metadata, feature))
  }

  async #read(): Promise<void> {
    this.#isUnread = false
    try {
      await readMetadata(this.#directory)
    } catch (error) {
      this.#isUnread = true
      throw error
    }
  }
}
