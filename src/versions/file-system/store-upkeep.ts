import type { Lifecycle } from '../../base/lifecycle.js'
import { METADATA_FILE } from '../../document/store-names.js'
import { directoryReasons, type DirectoryReason } from '../../engine/directory-reasons.js'
import {
  requiredMbOption,
  type DiskSpaceOptions,
  type DiskSpaceReport,
} from '../../engine/disk-space.js'
import { BackedUp } from './backed-up.js'
import { compressing, decompressing, type CompressReport } from './compress.js'
import type { CompressOptions, DecompressOptions } from './compress-options.js'
import type { VerifyOptions, VerifyReport } from './findings.js'
import type { OpenStore } from './open-store.js'
import { resharding, type ReshardOptions, type ReshardReport } from './reshard.js'
import { diagnose, type Diagnosis } from './store-reports.js'
import { verifyStore } from './verify.js'
import type { VersionDocument } from '../version-storage.js'

/** The care for a store, beside what it stores: checks, and changes of the form and the place of its files. */
export class StoreUpkeep<Version extends VersionDocument> extends BackedUp {
  readonly #store: OpenStore<Version>
  readonly #life: Lifecycle

  protected constructor(store: OpenStore<Version>, life: Lifecycle) {
    super(async (...given) => await life.run(async () => await store.directory.backup(...given)))
    this.#store = store
    this.#life = life
  }

  /**
   * Removes from the journal the texts that were replaced or deleted for good. Its old files are removed, not
   * overwritten: the disk may keep their blocks.
   */
  async shred(): Promise<void> {
    await this.#life.run(async () => {
      await this.#store.directory.checkpoint({ shred: true })
      await this.#store.keeper.remove()
    })
  }

  /**
   * Compresses the files of old versions, `X.Y.Z.json` to `X.Y.Z.json.gz`, each in a commit of its own; never the highest
   * version of a prompt. Every call goes on as before.
   * @throws StorageError FS-FORMAT-001 with the reason `zstd` where Node has no zstd; as a save does
   */
  async compress(options?: CompressOptions): Promise<CompressReport> {
    const work = compressing(options)
    return await this.#life.run(async () => await work(this.#store))
  }

  /** Makes compressed versions plain files again, and the store one that older programs open. @throws as compress does */
  async decompress(options?: DecompressOptions): Promise<CompressReport> {
    const work = decompressing(options)
    return await this.#life.run(async () => await work(this.#store))
  }

  /**
   * Spreads the prompts over other directories, or over none, while every process goes on. The next call completes one
   * that was interrupted.
   * @throws StorageError FS-FORMAT-001 with the reason `sharding` while it is resharded in another way; as a save does
   */
  async reshard(options: ReshardOptions): Promise<ReshardReport> {
    const work = resharding(options)
    return await this.#life.run(async () => await work(this.#store))
  }

  /** Checks every file; with `repair`, repairs what it can, and never removes an only copy. */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return await this.#life.run(async () => await verifyStore(this.#store, options))
  }

  /** How much space is free, and whether it is enough; `requiredMb` is `minFreeMb` by default. */
  async checkDiskSpace(options: DiskSpaceOptions = {}): Promise<DiskSpaceReport> {
    const requiredMb = requiredMbOption(options, this.#store.minFreeMb)
    return await this.#life.run(async () => await this.#store.space.report(requiredMb))
  }

  /**
   * What is wrong with the directory, its disk and this machine's addon, as of now: nothing for a healthy store. An
   * `unhealthy` reason makes calls fail; a `degraded` one does not yet.
   */
  async healthReasons(): Promise<readonly DirectoryReason[]> {
    const { directory, minFreeMb } = this.#store
    return await this.#life.run(
      async () => await directoryReasons(directory, minFreeMb, METADATA_FILE),
    )
  }

  /** The state of the store, of its disk and of this machine's addon, and what is wrong with them. */
  async doctor(): Promise<Diagnosis> {
    return await this.#life.run(async () => await diagnose(this.#store))
  }
}
