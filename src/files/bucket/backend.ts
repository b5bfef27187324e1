import { Readable } from 'node:stream'
import { Lifecycle } from '../../base/lifecycle.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import {
  type DeleteCondition,
  type Describe,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from '../backend.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import type { FileDocument } from '../document.js'
import type { KeepSetting, KeptEntry, KeptVersion, VersionKeeper } from '../kept.js'
import type { KeyRecordPlace, KeyRecords } from '../pipeline/keys.js'
import { withSpooled } from '../../objects/spool.js'
import { inspectAccess, type AccessReport } from './access.js'
import { rangeBody } from '../../objects/body.js'
import {
  addCloudKeys,
  checkNotOwn,
  KEYS_OBJECT,
  readCloudKeys,
  VERSIONS_PREFIX,
  type CloudKeysParts,
} from './keys.js'
import { asStorageError, type CloudOperation } from '../../objects/storage-error.js'
import { ObjectFailure, LEFT_ALONE, type ObjectFailureKind } from '../../objects/failure.js'
import { ConditionalChange } from '../../objects/conditional-change.js'
import { ObjectMemory } from './memory.js'
import { BucketVersions } from './versions.js'
import { CloudWriter } from './writer.js'
import { inTurn } from '../../base/turns.js'
import { STORE_MARKS, storedFile } from './metadata.js'
import type { StoredObject, ObjectService } from '../../objects/service.js'
import { RequestPolicy, ofBucket, type PolicyOptions } from '../../objects/policy.js'

/** Above all that keys hold, since this character has no meaning. */
const LAST_CHARACTER = '\u{10FFFD}'

/** Failures that say nothing about the next request. */
const OF_THE_REQUEST: ReadonlySet<ObjectFailureKind> = new Set(['conflict', 'rejected'])

export interface CloudBackendOptions extends PolicyOptions {
  /** Precedes every key in the names of objects. */
  readonly prefix: string
  /** How long a change competes with those of other processes, in ms. */
  readonly lockTimeoutMs: number
  /** Which versions are kept by the changes of this process. */
  readonly keep: KeepSetting
}

/**
 * Files as objects of a bucket: the bytes are the object's, the document its user metadata, so that one request writes
 * both. Every change states what it replaces, so that one that is retried, or arrives late, can undo nothing.
 */
export class CloudBackend implements VersionKeeper, KeyRecordPlace {
  readonly kind: 's3' | 'gcs'
  readonly #service: ObjectService
  readonly #options: CloudBackendOptions
  readonly #policy: RequestPolicy
  readonly #change: ConditionalChange
  readonly #lifecycle: Lifecycle
  readonly #memory = new ObjectMemory()
  #trouble: ObjectFailure | undefined
  readonly #versions: BucketVersions
  readonly #writer: CloudWriter
  /** Changes of one key, one after another: their bodies were taken before. */
  readonly #changes = new KeyedQueue()

  constructor(service: ObjectService, options: CloudBackendOptions) {
    this.kind = service.kind
    this.#service = service
    this.#options = options
    this.#policy = new RequestPolicy(service.bucket, options)
    this.#change = new ConditionalChange(service, this.#policy, STORE_MARKS)
    this.#lifecycle = new Lifecycle(() => closedBackend(service.bucket))
    const { prefix, timeoutMs, lockTimeoutMs, keep: setting } = options
    const parts = { service, policy: this.#policy, change: this.#change }
    this.#versions = new BucketVersions({ ...parts, prefix, timeoutMs, setting })
    const head = async (name: string): Promise<StoredObject | undefined> => await this.#head(name)
    const { versions, memory } = { versions: this.#versions, memory: this.#memory }
    this.#writer = new CloudWriter({ ...parts, versions, memory, lockTimeoutMs, head })
  }

  /** Why the service is not usable for now: its last request has failed, through no fault of the request. */
  get trouble(): ObjectFailure | undefined {
    return this.#trouble
  }

  async put(
    key: string,
    body: FileBody,
    describe: Describe,
    condition: WriteCondition = {},
  ): Promise<StoredFile> {
    const operation = { fallback: 'FS-SAVE-001', what: 'Cannot store', key } as const
    return await this.#call(operation, async () => {
      const name = this.#nameOf(key)
      this.#versions.checkKey(key)
      return await withSpooled(body, async (spooled) => {
        const file = { key, name, body: spooled, describe, condition }
        return await this.#changing(key, async (unasked) => await this.#writer.store(file, unasked))
      })
    })
  }

  async get(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    return await this.#call({ fallback: 'FS-LOAD-002', what: 'Cannot read', key }, async () => {
      const name = this.#nameOf(key)
      // No service supports an empty range.
      if (range?.end !== undefined && range.end <= range.start) return await this.#getNothing(key)
      const before = this.#memory.get(name)
      const found = await this.#policy.ask(
        { operation: 'read', name },
        async (signal) => await this.#service.read(name, range, signal),
      )
      if (found === 'beyond') return await this.#getNothing(key)
      this.#memory.see(name, found?.object, before)
      if (found === undefined) return undefined
      try {
        const file = storedFile(this.kind, key, found.object)
        if (file !== undefined)
          return { file, body: rangeBody(file, range, found.body, this.#options.timeoutMs) }
        found.body.destroy()
        return undefined
      } catch (error) {
        found.body.destroy()
        throw error
      }
    })
  }

  async head(key: string): Promise<StoredFile | undefined> {
    return await this.#call(
      { fallback: 'FS-LOAD-002', what: 'Cannot read', key },
      async () => await this.#find(key),
    )
  }

  async delete(key: string, condition: DeleteCondition = {}): Promise<boolean> {
    const operation = { fallback: 'FS-DELETE-001', what: 'Cannot delete', key } as const
    return await this.#call(operation, async () => {
      const name = this.#nameOf(key)
      return await this.#changing(key, async () => await this.#writer.remove(key, name, condition))
    })
  }

  async list(request: ListRequest): Promise<FilePage> {
    const { prefix } = this.#options
    const operation = { fallback: 'FS-LOAD-002', what: 'Cannot list', key: request.prefix } as const
    return await this.#call(operation, async () => {
      const files: StoredFile[] = []
      const versions = prefix + VERSIONS_PREFIX
      let after = request.after === undefined ? undefined : prefix + request.after
      let more = request.limit > 0
      while (more && files.length < request.limit) {
        const limit = request.limit - files.length
        const asked = { prefix: prefix + request.prefix, after, limit, without: versions }
        const page = await this.#policy.ask(
          ofBucket('list'),
          async (signal) => await this.#service.list(asked, signal),
        )
        for (const object of page.objects) {
          const file = storedFile(this.kind, object.name.slice(prefix.length), object, 'skip')
          if (file !== undefined) files.push(file)
        }
        // From one version on, past all of them: no file is among them.
        if (page.last !== undefined)
          after = page.last.startsWith(versions) ? versions + LAST_CHARACTER : page.last
        more = page.more
      }
      return { files, more }
    })
  }

  /** As this process was opened: a bucket has no mark. */
  async keepSetting(): Promise<KeepSetting> {
    return await this.#lifecycle.run(async () => await inTurn(this.#versions.setting))
  }

  async versions(key: string): Promise<readonly KeptEntry[]> {
    return await this.#call(reading(key), async () => await this.#versions.of(key))
  }

  async getVersion(
    key: string,
    version: string,
    range?: ByteRange,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    return await this.#call(reading(key), async () => await this.#versions.get(key, version, range))
  }

  async headVersion(key: string, version: string): Promise<StoredFile | undefined> {
    return await this.#call(reading(key), async () => await this.#versions.head(key, version))
  }

  async putVersion(
    kept: KeptVersion,
    body: FileBody,
    describe: () => FileDocument,
    over: 'absent' | 'present',
  ): Promise<boolean> {
    const operation = { fallback: 'FS-SAVE-001', what: 'Cannot store', key: kept.key } as const
    return await this.#call(operation, async () =>
      this.#changing(kept.key, async () => this.#versions.put(kept, body, describe, over)),
    )
  }

  async deleteVersions(key: string, versions: readonly string[]): Promise<number> {
    const operation = { fallback: 'FS-DELETE-001', what: 'Cannot delete', key } as const
    return await this.#call(operation, async () =>
      this.#changing(key, async () => this.#versions.delete(key, versions)),
    )
  }

  async *allVersions(prefix: string): AsyncGenerator<KeptEntry, void, void> {
    this.#lifecycle.assertOpen()
    try {
      yield* this.#versions.all(prefix)
    } catch (error) {
      this.#note(error)
      throw asStorageError(error, reading(prefix), this.#service.bucket)
    }
  }

  /** Creates the bucket. False when it already exists; nothing else ever creates one. */
  async createBucket(): Promise<boolean> {
    return await this.#call(
      { fallback: 'FS-SAVE-001', what: 'Cannot create the bucket', key: this.#service.bucket },
      async () =>
        await this.#policy.run(ofBucket('create-bucket'), async (signal) =>
          this.#service.createBucket(signal),
        ),
    )
  }

  /** Fails with FS-PERM-001 unless credentials are found; sends no other request. */
  async checkCredentials(): Promise<void> {
    await this.#call(
      { fallback: 'FS-PERM-001', what: 'Cannot use credentials for', key: this.#service.bucket },
      async () => {
        await this.#policy.ask(
          ofBucket('credentials'),
          async () => await this.#service.findCredentials(),
        )
        // Their existence does not mean that the service accepts them.
        return this.#trouble?.kind === 'no-credentials' ? undefined : this.#trouble
      },
      (trouble) => trouble,
    )
  }

  /** Tries what files need, on an object of its own; reports what works, and why the rest does not. */
  async verifyBucketAccess(): Promise<AccessReport> {
    return await this.#lifecycle.run(async () =>
      inspectAccess(this.#service, this.#policy, this.#options.prefix),
    )
  }

  /** In an object of its own. */
  async keyRecords(): Promise<KeyRecords> {
    return await this.#call(
      { fallback: 'FS-LOAD-002', what: 'Cannot read', key: KEYS_OBJECT },
      async () => await readCloudKeys(this.#keys),
    )
  }

  async addKeyRecords(added: KeyRecords): Promise<KeyRecords> {
    return await this.#call(
      { fallback: 'FS-SAVE-001', what: 'Cannot store', key: KEYS_OBJECT },
      async () => await addCloudKeys(this.#keys, added),
    )
  }

  async close(): Promise<void> {
    await this.#lifecycle.close(async () => this.#service.close())
  }

  /** Changes of one key, one after another; each learns whether it may begin without a query. */
  async #changing<Result>(
    key: string,
    change: (unasked: boolean) => Promise<Result>,
  ): Promise<Result> {
    return await this.#changes.run(key, async () => {
      // The outcome of an unanswered request is easier to tell when the earlier state is known.
      const { isWell } = this.#policy
      await this.#policy.ask(ofBucket('prepare'), async () => await this.#service.prepare())
      return await change(isWell)
    })
  }

  async #head(name: string): Promise<StoredObject | undefined> {
    const head = { operation: 'head', name }
    return await this.#policy.ask(head, async (signal) => await this.#service.head(name, signal))
  }

  async #find(key: string): Promise<StoredFile | undefined> {
    const name = this.#nameOf(key)
    const before = this.#memory.get(name)
    const object = await this.#head(name)
    this.#memory.see(name, object, before)
    return object && storedFile(this.kind, key, object)
  }

  async #getNothing(
    key: string,
  ): Promise<{ readonly file: StoredFile; readonly body: Readable } | undefined> {
    const file = await this.#find(key)
    return file === undefined ? undefined : { file, body: Readable.from([], { objectMode: false }) }
  }

  #note(error: unknown): void {
    if (!(error instanceof ObjectFailure) || OF_THE_REQUEST.has(error.kind)) return
    // The earlier failure says why it is left alone.
    if (error.reason !== LEFT_ALONE) this.#trouble = error
  }

  get #keys(): CloudKeysParts {
    const name = this.#options.prefix + KEYS_OBJECT
    return { service: this.#service, policy: this.#policy, change: this.#change, name }
  }

  #nameOf(key: string): string {
    checkNotOwn(key)
    const name = this.#options.prefix + key
    this.#service.checkName(name)
    return name
  }

  /** @param left what remains of a trouble when the task has succeeded */
  async #call<Result>(
    operation: CloudOperation,
    task: () => Promise<Result>,
    left: (result: Result) => ObjectFailure | undefined = () => undefined,
  ): Promise<Result> {
    return await this.#lifecycle.run(async () => {
      try {
        const result = await task()
        this.#trouble = left(result)
        return result
      } catch (error) {
        this.#note(error)
        throw asStorageError(error, operation, this.#service.bucket)
      }
    })
  }
}

function reading(key: string): CloudOperation {
  return { fallback: 'FS-LOAD-002', what: 'Cannot read', key }
}
