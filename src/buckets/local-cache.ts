import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { publish } from '../base/channels.js'
import { KeyedQueue } from '../base/keyed-queue.js'
import { decodeVersionFile, encodeVersionFile } from '../document/version-file.js'
import { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import { CopiedVersion } from '../versions/version-copies.js'
import type { StandardSchema, VersionDocument } from '../versions/version-storage.js'
import { chosenForRemoval, type CachedDocument } from './cache-removal.js'

/** How many documents are remembered as read: those are removed last. */
const READ_MAX = 100_000
/** The directory is measured again when this process has added this part of the bound. */
const MEASURED_PART = 1 / 16
/** A directory that is too large is brought down to this part of the bound. */
const KEPT_PART = 3 / 4

/** The documents of a bucket on the disk of this machine: a store of its own, that many processes share. */
export class LocalCache {
  readonly #storage: FileSystemStorage<VersionDocument>
  readonly #bytesMax: number
  /** Changes of one prompt, one after another. */
  readonly #changes = new KeyedQueue()
  /** What this process has read or kept, the latest last, by prompt and version. */
  readonly #read = new LRUCache<string, true>({ max: READ_MAX })
  /** Bytes that may have come since the directory was measured; infinite before that. */
  #addedBytes = Number.POSITIVE_INFINITY
  #bounding: Promise<unknown> | undefined

  /**
   * @param bytesMax about how many bytes of documents the directory holds at most
   * @throws as `FileSystemStorage.open`
   */
  static async open(storageDir: string, bytesMax: number): Promise<LocalCache> {
    const storage = await FileSystemStorage.open<VersionDocument>({
      storageDir,
      schema: ANY,
      allowPrerelease: true,
      useCache: false,
      // What is lost is read from the bucket again.
      durability: 'none',
    })
    return new LocalCache(storage, bytesMax)
  }

  private constructor(storage: FileSystemStorage<VersionDocument>, bytesMax: number) {
    this.#storage = storage
    this.#bytesMax = bytesMax
  }

  /** The text of a version, if it is the one with this digest. */
  async get(promptId: string, version: string, sha256: string): Promise<Uint8Array | undefined> {
    return await this.#orNothing(async () => {
      const [copy] = await this.#storage.copies.documents(promptId, [version])
      if (copy === undefined) return undefined
      const bytes = encodeVersionFile(copy.document, {
        checksum: true,
        savedAt: copy.savedAt ?? undefined,
        schemaVersion: copy.schemaVersion,
      })
      if (digestOf(bytes) !== sha256) return undefined
      this.#read.set(keyOf(promptId, version), true)
      return bytes
    })
  }

  /** Keeps the text of a version, in the place of what was under its number before. */
  async keep(promptId: string, version: string, bytes: Uint8Array): Promise<void> {
    await this.#orNothing(async () => {
      const { document, savedAt, schemaVersion, checksum } = decodeVersionFile(bytes)
      if (checksum !== 'valid') return undefined
      const copy = new CopiedVersion(
        document as unknown as VersionDocument,
        savedAt ?? null,
        schemaVersion,
      )
      await this.#remove(promptId, [version], async () => {
        await this.#storage.copies.change(promptId, ({ versions }) => {
          return { save: versions.includes(version) ? [] : [copy] }
        })
      })
      this.#read.set(keyOf(promptId, version), true)
      this.#addedBytes += bytes.length
      if (this.#addedBytes > this.#bytesMax * MEASURED_PART) this.#boundSoon()
      return undefined
    })
  }

  async close(): Promise<void> {
    await this.#bounding
    await this.#storage.close()
  }

  /** In the background: no read waits for it. */
  #boundSoon(): void {
    this.#bounding ??= this.#orNothing(async () => await this.#bound()).finally(() => {
      this.#bounding = undefined
    })
  }

  /** Measures the directory, which other processes fill, too, and removes documents while it is too large. */
  async #bound(): Promise<undefined> {
    for (;;) {
      this.#addedBytes = 0
      const { total_bytes: bytes = 0 } = await this.#storage.getStorageStats({ bytes: true })
      if (bytes <= this.#bytesMax) return undefined
      const documents = await this.#documents()
      const part = 1 - (this.#bytesMax * KEPT_PART) / bytes
      const chosen = chosenForRemoval(documents, this.#order(), Math.ceil(documents.length * part))
      if (chosen.size === 0) return undefined
      for (const [promptId, versions] of chosen) await this.#remove(promptId, versions)
    }
  }

  async #documents(): Promise<readonly CachedDocument[]> {
    const documents: CachedDocument[] = []
    for (const promptId of await this.#storage.listPromptIds())
      for (const version of await this.#storage.listVersionNames(promptId))
        documents.push({ promptId, version, key: keyOf(promptId, version) })
    return documents
  }

  /** Keys by when they were read, the latest last. */
  #order(): ReadonlyMap<string, number> {
    return new Map([...this.#read.rkeys()].map((key, at) => [key, at]))
  }

  async #remove(
    promptId: string,
    gone: readonly string[],
    then: () => Promise<void> = async () => await Promise.resolve(),
  ): Promise<void> {
    await this.#changes.run(promptId, async () => {
      await this.#storage.copies.change(promptId, ({ versions }) => {
        const remove = gone.filter((version) => versions.includes(version))
        const record = { head: undefined, history: [] }
        return remove.length === 0 ? { save: [] } : { save: [], record, remove }
      })
      await then()
    })
  }

  /** A cache that fails is reported, and costs no answer. */
  async #orNothing<Result>(work: () => Promise<Result | undefined>): Promise<Result | undefined> {
    try {
      return await work()
    } catch (error) {
      const directory = this.#storage.storageDir
      publish('background-error', () => ({ directory, stage: 'cache', error }))
      return undefined
    }
  }
}

/** Neither has a NUL. */
function keyOf(promptId: string, version: string): string {
  return `${promptId}\0${version}`
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Documents were checked where they were saved. */
const ANY: StandardSchema<VersionDocument> = {
  '~standard': {
    version: 1,
    vendor: 'holdfast',
    validate: (value) => ({ value: value as VersionDocument }),
  },
}
