import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { StorageError } from '../../errors.js'
import type {
  ByteRange,
  FileBackend,
  FileBody,
  FilePage,
  ListRequest,
  StoredFile,
  WriteCondition,
} from '../backend.js'
import { checkCondition } from '../condition.js'
import type { FileDocument } from '../file-document.js'
import { withSpooled, type SpooledBody } from '../spool.js'
import { inspectAccess, type AccessReport } from './access.js'
import { CloudBody } from './cloud-body.js'
import { asStorageError, type CloudOperation } from './cloud-error.js'
import { CloudFailure } from './cloud-failure.js'
import { ConditionalChange } from './conditional-change.js'
import { encodeMetadata } from './object-metadata.js'
import type { CloudObject, ObjectService } from './object-service.js'
import { CloudPolicy, type PolicyOptions } from './policy.js'
import { storedFile } from './stored-object.js'

/** How often a change without a condition begins anew because others change the same file. */
const ATTEMPTS_MAX = 16
/** Slower than this, in bytes per millisecond, an upload counts as stuck. */
const SLOWEST_BYTES_PER_MS = 64

export interface CloudBackendOptions extends PolicyOptions {
  /** Stands before every key in the names of objects. */
  readonly prefix: string
}

/**
 * Files as objects of a bucket: the bytes are the object's, the document its user metadata, so that one request writes
 * both. Every change states what it replaces, so that one that is repeated, or arrives late, can undo nothing.
 */
export class CloudBackend implements FileBackend {
  readonly kind: 's3' | 'gcs'
  readonly #service: ObjectService
  readonly #options: CloudBackendOptions
  readonly #policy: CloudPolicy
  readonly #change: ConditionalChange
  #closed = false

  constructor(service: ObjectService, options: CloudBackendOptions) {
    this.kind = service.kind
    this.#service = service
    this.#options = options
    this.#policy = new CloudPolicy(options)
    this.#change = new ConditionalChange(service, this.#policy)
  }

  /** Whether the service keeps failing and is left alone for a while. */
  get isUnavailable(): boolean {
    return this.#policy.isOpen
  }

  async put(
    key: string,
    body: FileBody,
    describe: () => FileDocument,
    condition: WriteCondition = {},
  ): Promise<StoredFile> {
    const name = this.#nameOf(key)
    const operation = { fallback: 'FS-SAVE-001', what: 'Cannot store', key } as const
    return await withSpooled(
      body,
      async (spooled) =>
        await this.#failing(operation, async () => {
          await this.#policy.run(async () => await this.#service.prepare())
          return await this.#write(name, spooled, describe(), condition)
        }),
    )
  }

  async get(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    const name = this.#nameOf(key)
    return await this.#failing({ fallback: 'FS-LOAD-002', what: 'Cannot read', key }, async () => {
      // No service has a range of no bytes.
      if (range?.end !== undefined && range.end <= range.start) return await this.#getNothing(key)
      const found = await this.#policy.run(
        async (signal) => await this.#service.read(name, range, signal),
      )
      if (found === undefined) return undefined
      if (found === 'beyond') return await this.#getNothing(key)
      try {
        const file = storedFile(this.kind, key, found.object)
        if (file === undefined) {
          found.body.destroy()
          return undefined
        }
        return { file, body: this.#guard(file, range, found.body) }
      } catch (error) {
        found.body.destroy()
        throw error
      }
    })
  }

  async head(key: string): Promise<StoredFile | undefined> {
    const name = this.#nameOf(key)
    return await this.#failing({ fallback: 'FS-LOAD-002', what: 'Cannot read', key }, async () => {
      const object = await this.#head(name)
      return object === undefined ? undefined : storedFile(this.kind, key, object)
    })
  }

  async delete(key: string, condition: Pick<WriteCondition, 'ifMatch'> = {}): Promise<boolean> {
    const name = this.#nameOf(key)
    return await this.#failing(
      { fallback: 'FS-DELETE-001', what: 'Cannot delete', key },
      async () => {
        await this.#policy.run(async () => await this.#service.prepare())
        for (let attempt = 1; ; attempt++) {
          const object = await this.#head(name)
          const file = object === undefined ? undefined : storedFile(this.kind, key, object)
          if (object === undefined || file === undefined) return false
          checkCondition(key, file, condition)
          try {
            return await this.#change.remove(object, condition.ifMatch !== undefined)
          } catch (error) {
            if (!isConflict(error) || condition.ifMatch !== undefined || attempt === ATTEMPTS_MAX)
              throw error
          }
        }
      },
    )
  }

  async list(request: ListRequest): Promise<FilePage> {
    this.#assertOpen()
    const { prefix } = this.#options
    const operation = { fallback: 'FS-LOAD-002', what: 'Cannot list', key: request.prefix } as const
    return await this.#failing(operation, async () => {
      const files: StoredFile[] = []
      let after = request.after === undefined ? undefined : prefix + request.after
      let more = request.limit > 0
      while (more && files.length < request.limit) {
        const limit = request.limit - files.length
        const page = await this.#policy.run(
          async (signal) =>
            await this.#service.list({ prefix: prefix + request.prefix, after, limit }, signal),
        )
        for (const object of page.objects) {
          const file = storedFile(this.kind, object.name.slice(prefix.length), object, 'skip')
          if (file !== undefined) files.push(file)
        }
        after = page.last ?? after
        more = page.more
      }
      return { files, more }
    })
  }

  /** Makes the bucket. False when it is there already; nothing else ever makes one. */
  async createBucket(): Promise<boolean> {
    return await this.#failing(
      { fallback: 'FS-SAVE-001', what: 'Cannot create the bucket', key: this.#service.bucket },
      async () =>
        await this.#policy.run(async (signal) => await this.#service.createBucket(signal)),
    )
  }

  /** Fails with FS-PERM-001 unless credentials are found; asks no service for anything but them. */
  async checkCredentials(): Promise<void> {
    await this.#failing(
      { fallback: 'FS-PERM-001', what: 'Cannot use credentials for', key: this.#service.bucket },
      async () => await this.#policy.run(async () => await this.#service.findCredentials()),
    )
  }

  /** Tries what files need, on an object of its own: what of it works, and why the rest does not. */
  async verifyBucketAccess(): Promise<AccessReport> {
    this.#assertOpen()
    return await inspectAccess(this.#service, this.#policy, this.#options.prefix)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#service.close()
  }

  async #write(
    name: string,
    body: SpooledBody,
    document: FileDocument,
    condition: WriteCondition,
  ): Promise<StoredFile> {
    const storeId = randomBytes(16).toString('hex')
    const metadata = encodeMetadata(document, storeId, this.#service.metadataBytesMax)
    const extraMs = body.bytes / SLOWEST_BYTES_PER_MS
    const conditional = condition.ifAbsent === true || condition.ifMatch !== undefined
    for (let attempt = 1; ; attempt++) {
      const precondition = await this.#preconditionOf(name, document.key, condition)
      try {
        const write = { name, body, metadata, precondition }
        const object = await this.#change.write(write, storeId, extraMs)
        return storedFile(this.kind, document.key, object) as StoredFile
      } catch (error) {
        if (!isConflict(error) || conditional || attempt === ATTEMPTS_MAX) throw error
      }
    }
  }

  /** What the write replaces: what is there now, when that meets the condition. */
  async #preconditionOf(
    name: string,
    key: string,
    condition: WriteCondition,
  ): Promise<'absent' | { readonly version: string }> {
    const object = await this.#head(name)
    const file = object === undefined ? undefined : storedFile(this.kind, key, object, 'skip')
    checkCondition(key, file, condition)
    return object === undefined ? 'absent' : { version: object.version }
  }

  async #head(name: string): Promise<CloudObject | undefined> {
    return await this.#policy.run(async (signal) => await this.#service.head(name, signal))
  }

  async #getNothing(
    key: string,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    const file = await this.head(key)
    return file === undefined ? undefined : { file, body: Readable.from([], { objectMode: false }) }
  }

  #guard(file: StoredFile, range: ByteRange | undefined, body: Readable): Readable {
    const start = range?.start ?? 0
    const end = Math.min(range?.end ?? file.storedBytes, file.storedBytes)
    return new CloudBody(body, {
      key: file.key,
      bytes: Math.max(end - start, 0),
      idleMs: this.#options.timeoutMs,
    })
  }

  #nameOf(key: string): string {
    this.#assertOpen()
    const name = this.#options.prefix + key
    this.#service.checkName(name)
    return name
  }

  async #failing<Result>(operation: CloudOperation, task: () => Promise<Result>): Promise<Result> {
    this.#assertOpen()
    try {
      return await task()
    } catch (error) {
      throw asStorageError(error, operation, this.#service.bucket)
    }
  }

  #assertOpen(): void {
    if (!this.#closed) return
    throw new StorageError('FS-CLOSED-001', `The bucket '${this.#service.bucket}' is closed`)
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof CloudFailure && error.kind === 'conflict'
}
