import { isDeepStrictEqual } from 'node:util'
import { METADATA_FILE } from '../../document/store-names.js'
import type { Operation } from '../../engine/commit/transaction.js'
import type { FailedOperation } from '../../engine/failure.js'
import type { Store } from '../../engine/store.js'
import {
  amendment,
  isFeatureInUse,
  layoutOf,
  readMetadata,
  requireFeature,
  withFeature,
  type Feature,
  type Metadata,
} from './metadata.js'
import type { StoreLayout } from './store-layout.js'

/** The mark of a store, as it was when something was planned that is now to be committed. */
export interface PlannedMark {
  /** Undefined if the mark is lost, and was so before. */
  readonly metadata: Metadata | undefined
  requires(feature: Feature): boolean
  /** Whether the mark has not changed since, as far as this process knows. */
  isCurrent(): boolean
  /** As `Store.commit`. @throws MarkMoved, with nothing done, if the mark has changed in what plans depend on */
  commit(operations: readonly Operation[], failed?: FailedOperation): Promise<void>
}

/** The mark has changed since a commit was planned: it is planned again. Never leaves the store. */
export class MarkMoved extends Error {}

/**
 * The features that the mark of an open store requires: this process adds its own, and notices those of others. Nothing
 * is committed under a mark that has changed since it was planned.
 */
export class StoreFeatures {
  readonly #directory: Store
  readonly #recording = new Map<Feature, Promise<void>>()
  readonly #recorded = new Set<Feature>()
  /** How often the mark has changed, as far as this process knows. */
  #changes = 0
  #layout: StoreLayout | undefined
  #known: { readonly mark: PlannedMark; readonly changes: number } | undefined

  /** To be made before the mark is read for the first time. */
  constructor(directory: Store) {
    this.#directory = directory
    directory.onChange({
      changed: (changes) => {
        if (changes.some(({ path }) => path === METADATA_FILE)) this.#changes++
      },
      reset: () => void this.#changes++,
    })
  }

  /** From now on, the layout is as the mark says. */
  follow(layout: StoreLayout): void {
    this.#layout = layout
    this.#updateLayout()
  }

  /** Whether this process knows all features that the store requires, as of the last commit that is known here. */
  get isKnown(): boolean {
    return this.#known?.changes === this.#changes
  }

  /** Undefined if there is nothing to wait for. @throws StorageError FS-FORMAT-001 naming a feature that is unknown */
  assertKnown(): Promise<void> | undefined {
    return this.isKnown ? undefined : this.#read()
  }

  /** The mark as of the last commit of any process. @throws StorageError FS-FORMAT-001 naming an unknown feature */
  current(): PlannedMark | Promise<PlannedMark> {
    const known = this.#known
    const isCurrent = known?.changes === this.#changes && this.#directory.isCurrent
    return isCurrent ? known.mark : this.#refreshed()
  }

  /** Runs `work`, which plans and commits changes under the given mark, again each time that the mark has changed. */
  async plan<Result>(work: (mark: PlannedMark) => Promise<Result>): Promise<Result> {
    for (;;) {
      const mark = await this.current()
      try {
        return await work(mark)
      } catch (error) {
        if (!(error instanceof MarkMoved)) throw error
      }
    }
  }

  /** Runs a read. Its answer counts if this process knows all that the store requires by then; it may be wrong else. */
  async reading<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } finally {
      await this.assertKnown()
    }
  }

  /** Whether the mark requires the feature; true if the mark is lost. */
  async mayRequire(feature: Feature): Promise<boolean> {
    const mark = await readMetadata(this.#directory)
    return mark === undefined || mark.requires?.includes(feature) === true
  }

  /**
   * Records in the mark, before its first file is written, a feature that readers have to know. Undefined if it is in
   * use: a feature is never removed from a mark.
   */
  record(feature: Feature): Promise<void> | undefined {
    if (this.#isRecorded(feature)) return undefined
    const recording = this.#recording.get(feature) ?? this.#record(feature)
    this.#recording.set(feature, recording)
    return recording
  }

  #isRecorded(feature: Feature): boolean {
    const metadata = this.#known?.mark.metadata
    const isInUse = metadata !== undefined && isFeatureInUse(metadata, feature)
    return isInUse || this.#recorded.has(feature)
  }

  /**
   * As `record`, in the transaction of the file itself: it may free space, and the mark alone would need some. Only for
   * features that each program knows that reads the mark before a commit: such programs are not waited for.
   */
  async recording(features: readonly Feature[]): Promise<readonly Operation[]> {
    const missing = features.filter((feature) => !this.#isRecorded(feature))
    if (missing.length === 0) return []
    const operation = await amendment(this.#directory, (found) =>
      missing.reduce(withFeature, found),
    )
    if (operation !== undefined) return [operation]
    for (const feature of missing) this.#recorded.add(feature)
    return []
  }

  async #record(feature: Feature): Promise<void> {
    try {
      await requireFeature(this.#directory, feature)
      this.#recorded.add(feature)
    } finally {
      this.#recording.delete(feature)
    }
  }

  async #refreshed(): Promise<PlannedMark> {
    await this.#directory.refresh()
    for (;;) {
      const known = this.#known
      if (known?.changes === this.#changes) return known.mark
      await this.#read()
    }
  }

  async #read(): Promise<void> {
    const changes = this.#changes
    // Where the mark is lost, the store is still what it was.
    const metadata = (await readMetadata(this.#directory)) ?? this.#known?.mark.metadata
    this.#known = { mark: this.#planned(metadata, changes), changes }
    this.#updateLayout()
  }

  #updateLayout(): void {
    const metadata = this.#known?.mark.metadata
    if (metadata !== undefined) this.#layout?.update(layoutOf(metadata))
  }

  #planned(metadata: Metadata | undefined, changes: number): PlannedMark {
    return {
      metadata,
      requires: (feature) => metadata?.requires?.includes(feature) === true,
      isCurrent: () => this.#changes === changes,
      commit: async (operations, failed) => await this.#commit(metadata, operations, failed),
    }
  }

  async #commit(
    planned: Metadata | undefined,
    operations: readonly Operation[],
    failed: FailedOperation | undefined,
  ): Promise<void> {
    for (;;) {
      while (!this.isKnown) await this.#read()
      if (!decideAlike(planned, this.#known?.mark.metadata)) throw new MarkMoved()
      const changes = this.#changes
      const holds = (): boolean => this.#changes === changes
      if (await this.#directory.commit(operations, failed, holds)) return
    }
  }
}

/** Whether nothing differs that a plan depends on. */
function decideAlike(one: Metadata | undefined, other: Metadata | undefined): boolean {
  return one === other || isDeepStrictEqual(decisive(one), decisive(other))
}

function decisive(metadata: Metadata | undefined): object {
  return { ...metadata, schema: undefined, history: undefined, announced: undefined }
}
