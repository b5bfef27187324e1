import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { Lifecycle } from '../../base/lifecycle.js'
import { KeyedQueue } from '../../base/keyed-queue.js'
import {
  type Describe,
  type FileBackend,
  type FilePage,
  type ListRequest,
  type StoredFile,
  type WriteCondition,
  closedBackend,
} from '../backend.js'
import type { ByteRange, FileBody } from '../../base/byte-source.js'
import type { KeyRecordPlace, KeyRecords } from '../pipeline/keys.js'
import { checkCondition, isConditional, untilFirst } from '../conflict.js'
import { withSpooled, type SpooledBody } from '../../objects/spool.js'
import { inspectAccess, type AccessReport } from './access.js'
import { rangeBody } from '../../objects/body.js'
import {
  addCloudKeys,
  checkNotKeys,
  KEYS_OBJECT,
  readCloudKeys,
  type CloudKeysParts,
} from './keys.js'
import { asStorageError, type CloudOperation } from './error.js'
import {
  isFailure,
  ObjectFailure,
  LEFT_ALONE,
  type ObjectFailureKind,
} from '../../objects/failure.js'
import { ConditionalChange } from '../../objects/conditional-change.js'
import { ObjectMemory } from './memory.js'
import { encodeMetadata, STORE_MARKS, storedFile } from './metadata.js'
import type { StoredObject, ObjectService, ObjectWrite } from '../../objects/service.js'
import { RequestPolicy, ofBucket, type PolicyOptions } from '../../objects/policy.js'

/** An upload slower than this, in bytes per millisecond, counts as stuck. */
const SLOWEST_BYTES_PER_MS = 64

/** For an unknown key, a body of up to this many bytes is sent at once; before a longer one the service is asked. */
const UNASKED_BYTES_MAX = 1024 * 1024

/** Failures that say nothing about the next request. */
const OF_THE_REQUEST: ReadonlySet<ObjectFailureKind> = new Set(['conflict', 'rejected'])

export interface CloudBackendOptions extends PolicyOptions {
  /** Precedes every key in the names of objects. */
  readonly prefix: string
  /** How long a change competes with those of other processes, in ms. */
  readonly lockTimeoutMs: number
}

/** The data of a store, the same in each attempt. */
interface NewFile {
  readonly key: string
  readonly name: string
  readonly body: SpooledBody
  readonly describe: Describe
  readonly condition: WriteCondition
}

/** The request of one attempt, and the random id by which it is recognised. */
interface Attempt {
  readonly write: ObjectWrite
  readonly storeId: string
}

/**
 * Files as objects of a bucket: the bytes are the object's, the document its user metadata, so that one request writes
 * both. Every change states what it replaces, so that one that is retried, or arrives late, can undo nothing.
 */
export class CloudBackend implements FileBackend, KeyRecordPlace {
  readonly kind: 's3' | 'gcs'
  readonly #service: ObjectService
  readonly #options: CloudBackendOptions
  readonly #policy: RequestPolicy
  readonly #change: ConditionalChange
  readonly #lifecycle: Lifecycle
  readonly #memory = new ObjectMemory()
  #trouble: ObjectFailure | undefined
  /** Whether the last unknown key that was stored had an object already: then the next one probably has, too. */
  #isRewriting = false
  /** Changes of one key, one after another: their bodies were taken before. */
  readonly #changes = new KeyedQueue()

  constructor(service: ObjectService, options: CloudBackendOptions) {
    this.kind = service.kind
    this.#service = service
    this.#options = options
    this.#policy = new RequestPolicy(service.bucket, options)
    this.#change = new ConditionalChange(service, this.#policy, STORE_MARKS)
    this.#lifecycle = new Lifecycle(() => closedBackend(service.bucket))
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
      return await withSpooled(body, async (spooled) => {
        const file = { key, name, body: spooled, describe, condition }
        return await this.#changing(
          key,
          async (unasked) =>
            (unasked ? await this.#storeUnasked(file) : undefined) ??
            (await this.#storeAsked(file)),
        )
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

  async delete(key: string, condition: Pick<WriteCondition, 'ifMatch'> = {}): Promise<boolean> {
    const operation = { fallback: 'FS-DELETE-001', what: 'Cannot delete', key } as const
    return await this.#call(operation, async () => {
      const name = this.#nameOf(key)
      return await this.#changing(key, async () =>
        this.#untilFirst(key, async () => {
          const object = await this.#head(name)
          const file = object && storedFile(this.kind, key, object)
          if (object === undefined || file === undefined) return false
          await checkCondition(key, file, condition)
          this.#memory.forget(name)
          return await this.#change.remove(object, condition.ifMatch !== undefined)
        }),
      )
    })
  }

  async list(request: ListRequest): Promise<FilePage> {
    const { prefix } = this.#options
    const operation = { fallback: 'FS-LOAD-002', what: 'Cannot list', key: request.prefix } as const
    return await this.#call(operation, async () => {
      const files: StoredFile[] = []
      let after = request.after === undefined ? undefined : prefix + request.after
      let more = request.limit > 0
      while (more && files.length < request.limit) {
        const limit = request.limit - files.length
        const page = await this.#policy.ask(
          ofBucket('list'),
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

  /** Changes what it finds; another process may change that between the query and the change. */
  async #untilFirst<Result>(key: string, change: () => Promise<Result>): Promise<Result> {
    return await untilFirst(key, this.#options.lockTimeoutMs, isRefused, change)
  }

  /**
   * Replaces what is known of the key, in one request. Undefined when nothing is known, or what is known is outdated:
   * then the service has to be asked.
   */
  async #storeUnasked(file: NewFile): Promise<StoredFile | undefined> {
    const object = this.#expected(file)
    if (object === undefined) return undefined
    let attempt: Attempt
    try {
      attempt = await this.#attempt(file, object === 'absent' ? undefined : object)
    } catch {
      // The quota, for example, may refuse it because of an outdated file: after a query, the current one counts.
      return undefined
    }
    try {
      return await this.#send(file, attempt)
    } catch (error) {
      if (!isRefused(error)) throw error
      if (object === 'absent') this.#isRewriting = true
      return undefined
    }
  }

  async #storeAsked(file: NewFile): Promise<StoredFile> {
    return await this.#untilFirst(file.key, async () => {
      const object = await this.#head(file.name)
      if (object === undefined) this.#isRewriting = false
      return await this.#send(file, await this.#attempt(file, object))
    })
  }

  /** What a store may assume without asking; undefined when it has to ask. */
  #expected({ key, name, body, condition }: NewFile): StoredObject | 'absent' | undefined {
    const known = this.#memory.get(name)
    if (known === undefined) {
      // A refused attempt costs a request and the body; a query before a new file costs a request as well.
      const isCheap = body.bytes <= UNASKED_BYTES_MAX && !this.#isRewriting
      const assumes = condition.ifAbsent === true || isCheap
      return assumes && condition.ifMatch === undefined ? 'absent' : undefined
    }
    const before = storedFile(this.kind, key, known, 'skip')
    if (before === undefined) return undefined
    if (!isConditional(condition)) return known
    // S3's ETag recurs with the same bytes, and encrypted ones never recur: others may have stored in between.
    const isExact = this.kind === 'gcs' || before.document.encryption !== undefined
    return isExact && condition.ifMatch === before.etag ? known : undefined
  }

  /** @param object what is replaced */
  async #attempt(file: NewFile, object: StoredObject | undefined): Promise<Attempt> {
    const { key, name, body, describe, condition } = file
    const before = object && storedFile(this.kind, key, object, 'skip')
    await checkCondition(key, before, condition)
    const document = describe(before, body.bytes)
    const storeId = randomBytes(16).toString('hex')
    const metadata = encodeMetadata(document, storeId, this.#service.metadataBytesMax)
    const precondition = object === undefined ? 'absent' : { version: object.version }
    return { write: { name, body, metadata, precondition }, storeId }
  }

  async #send({ key, name, body }: NewFile, { write, storeId }: Attempt): Promise<StoredFile> {
    this.#memory.forget(name)
    const written = await this.#change.write(write, storeId, body.bytes / SLOWEST_BYTES_PER_MS)
    this.#memory.keep(name, written)
    return storedFile(this.kind, key, written) as StoredFile
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
    checkNotKeys(key)
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

/** Refused by its precondition: the object is not the one that it names. */
function isRefused(error: unknown): boolean {
  return isFailure(error, 'conflict')
}
