import { randomBytes } from 'node:crypto'
import type { ConditionalChange } from '../../objects/conditional-change.js'
import { isFailure } from '../../objects/failure.js'
import type { ObjectService, ObjectWrite, StoredObject } from '../../objects/service.js'
import type { SpooledBody } from '../../objects/spool.js'
import type { DeleteCondition, Describe, StoredFile, WriteCondition } from '../backend.js'
import { checkCondition, isConditional, untilFirst } from '../conflict.js'
import { encodeMetadata, storedFile } from './metadata.js'
import type { ObjectMemory } from './memory.js'
import type { BucketKeeping, BucketVersions } from './versions.js'

/** An upload slower than this, in bytes per millisecond, counts as stuck. */
const SLOWEST_BYTES_PER_MS = 64

/** For an unknown key, a body of up to this many bytes is sent at once; before a longer one the service is asked. */
const UNASKED_BYTES_MAX = 1024 * 1024

export interface CloudWriterParts {
  readonly service: ObjectService
  readonly change: ConditionalChange
  readonly memory: ObjectMemory
  readonly versions: BucketVersions
  readonly lockTimeoutMs: number
  readonly head: (name: string) => Promise<StoredObject | undefined>
}

/** The data of a store, the same in each attempt. */
export interface NewFile {
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
  /** What comes before and after the request; undefined where nothing is kept. */
  readonly keeping: BucketKeeping | undefined
}

/** Stores and removes the files of a bucket: each request states what it replaces. */
export class CloudWriter {
  readonly #parts: CloudWriterParts
  readonly #kind: 's3' | 'gcs'
  readonly #memory: ObjectMemory
  readonly #change: ConditionalChange
  readonly #service: ObjectService
  /** Whether the last unknown key that was stored had an object already: then the next one probably has, too. */
  #isRewriting = false

  constructor(parts: CloudWriterParts) {
    this.#parts = parts
    this.#kind = parts.service.kind
    this.#memory = parts.memory
    this.#change = parts.change
    this.#service = parts.service
  }

  /** @param unasked whether the store may begin without a query */
  async store(file: NewFile, unasked: boolean): Promise<StoredFile> {
    return (unasked ? await this.#storeUnasked(file) : undefined) ?? (await this.#storeAsked(file))
  }

  /** False when there is none. */
  async remove(key: string, name: string, condition: DeleteCondition): Promise<boolean> {
    const { versions } = this.#parts
    return await this.#untilFirst(key, async () => {
      const object = await this.#parts.head(name)
      const file = object && storedFile(this.#kind, key, object)
      if (object === undefined || file === undefined) return false
      await checkCondition(key, file, condition)
      const keeping = versions.keeping(object, file, condition.keep)
      await keeping?.keep()
      this.#memory.forget(name)
      // What is removed must be what was kept.
      const exactly = keeping !== undefined || condition.ifMatch !== undefined
      const removed = await this.#change.remove(object, exactly)
      await keeping?.prune()
      return removed
    })
  }

  /** Changes what it finds; another process may change that between the query and the change. */
  async #untilFirst<Result>(key: string, change: () => Promise<Result>): Promise<Result> {
    return await untilFirst(key, this.#parts.lockTimeoutMs, isRefused, change)
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
      const object = await this.#parts.head(file.name)
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
    const before = storedFile(this.#kind, key, known, 'skip')
    if (before === undefined) return undefined
    // S3's ETag recurs with the same bytes, and encrypted ones never recur: others may have stored in between.
    const isExact = this.#kind === 'gcs' || before.document.encryption !== undefined
    const keeps = this.#parts.versions.keeps(before, condition.keep)
    if (!isConditional(condition)) return isExact || !keeps ? known : undefined
    return isExact && condition.ifMatch === before.etag ? known : undefined
  }

  /** @param object what is replaced */
  async #attempt(file: NewFile, object: StoredObject | undefined): Promise<Attempt> {
    const { key, name, body, describe, condition } = file
    const before = object && storedFile(this.#kind, key, object, 'skip')
    await checkCondition(key, before, condition)
    const keeping = object && this.#parts.versions.keeping(object, before, condition.keep)
    // How much the removal of older versions frees is not known here.
    const document = describe(before, body.bytes, keeping && 0)
    const storeId = randomBytes(16).toString('hex')
    const metadata = encodeMetadata(document, storeId, this.#service.metadataBytesMax)
    const precondition = object === undefined ? 'absent' : { version: object.version }
    return { write: { name, body, metadata, precondition }, storeId, keeping }
  }

  async #send({ key, name, body }: NewFile, attempt: Attempt): Promise<StoredFile> {
    const { write, storeId, keeping } = attempt
    await keeping?.keep()
    this.#memory.forget(name)
    const written = await this.#change.write(write, storeId, body.bytes / SLOWEST_BYTES_PER_MS)
    this.#memory.keep(name, written)
    await keeping?.prune()
    return storedFile(this.#kind, key, written) as StoredFile
  }
}

/** Refused by its precondition: the object is not the one that it names. */
function isRefused(error: unknown): boolean {
  return isFailure(error, 'conflict')
}
