import { createHash } from 'node:crypto'
import { publish } from '../base/channels.js'
import { KeyedQueue } from '../base/keyed-queue.js'
import { decodeVersionFile, encodeVersionFile } from '../document/version-file.js'
import { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import { CopiedVersion } from '../versions/version-copies.js'
import type { StandardSchema, VersionDocument } from '../versions/version-storage.js'

/** The documents of a bucket on the disk of this machine: a store of its own, that many processes share. */
export class LocalCache {
  readonly #storage: FileSystemStorage<VersionDocument>
  /** Changes of one prompt, one after another. */
  readonly #changes = new KeyedQueue()

  /** @throws as `FileSystemStorage.open` */
  static async open(storageDir: string): Promise<LocalCache> {
    return new LocalCache(
      await FileSystemStorage.open<VersionDocument>({
        storageDir,
        schema: ANY,
        allowPrerelease: true,
        useCache: false,
        // What is lost is read from the bucket again.
        durability: 'none',
      }),
    )
  }

  private constructor(storage: FileSystemStorage<VersionDocument>) {
    this.#storage = storage
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
      return digestOf(bytes) === sha256 ? bytes : undefined
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
      await this.#changes.run(promptId, async () => {
        const { copies } = this.#storage
        const record = { head: undefined, history: [] }
        await copies.change(promptId, ({ versions }) => {
          return versions.includes(version) ? { save: [], record, remove: [version] } : { save: [] }
        })
        await copies.change(promptId, ({ versions }) => {
          return { save: versions.includes(version) ? [] : [copy] }
        })
      })
      return undefined
    })
  }

  async close(): Promise<void> {
    await this.#storage.close()
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
