import { randomBytes } from 'node:crypto'
import type { StorageErrorCode } from '../base/errors.js'
import { toError } from '../base/values.js'
import { ConditionalChange, type AttemptMarks } from '../objects/conditional-change.js'
import { isFailure, ObjectFailure, UNKNOWABLE } from '../objects/failure.js'
import { ofBucket, RequestPolicy, type PolicyOptions } from '../objects/policy.js'
import type {
  ListedObject,
  ObjectListing,
  ObjectService,
  Precondition,
  StoredObject,
} from '../objects/service.js'
import { spoolBytes } from '../objects/spool.js'
import { asStorageError } from '../objects/storage-error.js'
import { RequestLimit } from './request-limit.js'

/** Which attempt has written an object: random, the same in each repetition of its request. */
const ID = 'holdfast-id'
const REMOVED = 'holdfast-removed'
const ID_BYTES = 16

const MARKS: AttemptMarks = {
  attemptOf: (metadata) => metadata[ID],
  deleted: (id) => ({ [ID]: id, [REMOVED]: 'true' }),
}

/** Requests side by side: clients keep about as many connections. */
const REQUESTS_AT_ONCE = 32
const PAGE_OBJECTS = 1000
/** An upload slower than this, in bytes per millisecond, counts as stuck. */
const SLOWEST_BYTES_PER_MS = 64

/** An object with its bytes. */
export interface ReadObject {
  readonly object: StoredObject
  readonly bytes: Uint8Array
}

/** What is written. */
export interface NewObject {
  readonly name: string
  readonly bytes: Uint8Array
  /** What distinguishes it from what others write under the name. */
  readonly id: string
  readonly precondition: Precondition
  readonly metadata?: Readonly<Record<string, string>>
}

/** An id for what is written: no two are the same. */
export function newId(): string {
  return randomBytes(ID_BYTES).toString('hex')
}

/** The id under which an object was written; '' for one that another program has written. */
export function idOf({ metadata }: StoredObject): string {
  return metadata[ID] ?? ''
}

/** Whether an object is what a removal leaves where the service removes nothing on condition. */
export function isMarker({ bytes }: Pick<StoredObject, 'bytes'>): boolean {
  return bytes === 0
}

/** The objects of one bucket: every change states what it replaces, and failures are `StorageError`s. */
export class Bucket {
  /** As a URL. */
  readonly place: string
  readonly #service: ObjectService
  readonly #policy: RequestPolicy
  readonly #change: ConditionalChange
  readonly #limit = new RequestLimit(REQUESTS_AT_ONCE)

  constructor(service: ObjectService, prefix: string, options: PolicyOptions) {
    const { kind, bucket } = service
    this.place = `${kind === 's3' ? 's3' : 'gs'}://${bucket}/${prefix}`
    this.#service = service
    this.#policy = new RequestPolicy(bucket, options)
    this.#change = new ConditionalChange(service, this.#policy, MARKS)
  }

  /** Finds out how the service treats conditions. @throws StorageError FS-FORMAT-001 if it ignores them */
  async prepare(): Promise<void> {
    await this.#run('FS-FORMAT-001', 'Cannot use bucket', this.#service.bucket, async () => {
      await this.#policy.ask(ofBucket('prepare'), async () => await this.#service.prepare())
    })
  }

  /** @throws RangeError for a name that the service does not accept */
  checkName(name: string): void {
    this.#service.checkName(name)
  }

  async head(name: string): Promise<StoredObject | undefined> {
    return await this.#run('FS-LOAD-002', 'Cannot read', name, async () => {
      const asked = { operation: 'head', name }
      return await this.#policy.ask(asked, async (signal) => await this.#service.head(name, signal))
    })
  }

  async read(name: string): Promise<ReadObject | undefined> {
    return await this.#run('FS-LOAD-002', 'Cannot read', name, async () => {
      return await this.#policy.ask({ operation: 'read', name }, async (signal) => {
        const found = await this.#service.read(name, undefined, signal)
        if (found === undefined || found === 'beyond') return undefined
        return { object: found.object, bytes: await bytesOf(found.body, found.object) }
      })
    })
  }

  /**
   * Undefined if something else is under the name, or was meanwhile: then what is there tells whether this was written.
   * @throws StorageError FS-TIMEOUT-001 with `outcome: 'unknown'` if the service does not answer
   */
  async write(given: NewObject): Promise<StoredObject | undefined> {
    const { name, bytes, id, precondition, metadata } = given
    const write = {
      name,
      body: spoolBytes(bytes),
      metadata: { ...metadata, [ID]: id },
      precondition,
    }
    return await this.#run('FS-SAVE-001', 'Cannot write', name, async () => {
      try {
        return await this.#change.write(write, id, bytes.length / SLOWEST_BYTES_PER_MS)
      } catch (error) {
        if (isFailure(error, 'conflict') || isUnclear(error)) return undefined
        throw error
      }
    })
  }

  /**
   * Removes exactly this object. False if it is another one by now. Where the service removes nothing on condition, an
   * empty object replaces it.
   */
  async remove(object: StoredObject): Promise<boolean> {
    return await this.#remove(object, true)
  }

  /** Removes an object that never changes, and that is not written again after it was removed. */
  async discard(object: ListedObject | StoredObject): Promise<boolean> {
    return await this.#remove({ metadata: {}, ...object }, false)
  }

  /** The objects whose names begin with a prefix, page by page, in the order of their names. */
  async *scan(prefix: string, after?: string): AsyncGenerator<readonly ListedObject[], void, void> {
    let last = after
    for (let more = true; more;) {
      const page = await this.#page({ prefix, after: last, limit: PAGE_OBJECTS })
      yield page.listed
      last = page.listed.at(-1)?.name ?? last
      ;({ more } = page)
    }
  }

  close(): void {
    this.#service.close()
  }

  async #remove(object: StoredObject, exactly: boolean): Promise<boolean> {
    return await this.#run('FS-DELETE-001', 'Cannot remove', object.name, async () => {
      try {
        return await this.#change.remove(object, exactly)
      } catch (error) {
        if (isFailure(error, 'conflict') || isUnclear(error)) return false
        throw error
      }
    })
  }

  async #page(request: Parameters<ObjectService['scan']>[0]): Promise<ObjectListing> {
    return await this.#run('FS-LOAD-002', 'Cannot list', request.prefix, async () => {
      return await this.#policy.ask(ofBucket('list'), async (signal) => {
        return await this.#service.scan(request, signal)
      })
    })
  }

  async #run<Result>(
    fallback: StorageErrorCode,
    what: string,
    key: string,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#limit.run(work)
    } catch (error) {
      throw asStorageError(error, { fallback, what, key }, this.#service.bucket)
    }
  }
}

/** An earlier attempt had no answer, and something else is under the name: no repetition can tell more. */
function isUnclear(error: unknown): boolean {
  return error instanceof ObjectFailure && error.reason === UNKNOWABLE
}

async function bytesOf(body: AsyncIterable<unknown>, object: StoredObject): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of body) chunks.push(chunk as Uint8Array)
  } catch (error) {
    throw new ObjectFailure('unknown', `The answer ended early (${toError(error).message})`)
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length === object.bytes) return bytes
  throw new ObjectFailure('unknown', `The answer has ${bytes.length} of ${object.bytes} bytes`)
}
