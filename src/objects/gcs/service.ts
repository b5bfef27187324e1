import type { File, FileMetadata } from '@google-cloud/storage'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { outOfRange, wrongArgument } from '../../base/misuse.js'
import type { ByteRange } from '../../base/byte-source.js'
import { ObjectFailure } from '../failure.js'
import type {
  StoredObject,
  ObjectCopy,
  ObjectListing,
  ObjectListRequest,
  ObjectNames,
  ObjectPage,
  ObjectService,
  ObjectWrite,
  OpenObject,
  Precondition,
} from '../service.js'
import { loadGcs, type GcsOptions, type GcsParts } from './client.js'
import { gcsFailure, isBeyond, isNoObject } from './failure.js'

/** By Google's documentation. */
const METADATA_BYTES_MAX = 8192
const PAGE_OBJECTS_MAX = 1000
/** A multiple of 256 KiB; kept in memory while it is on its way. */
const CHUNK_BYTES = 8 * 1024 * 1024

/** Most bytes of an object's name, by Google's documentation. */
const NAME_BYTES_MAX = 1024

/**
 * Names must not hold line breaks. These four characters become two each, so that names keep the order and the
 * prefixes of what they stand for; all other names stay as they are.
 */
const WRITTEN: Readonly<Record<string, string>> = {
  '\t': '\t\u0001',
  '\n': '\t\u0002',
  '\f': '\f\u0001',
  '\r': '\f\u0002',
}
const READ = new Map(Object.entries(WRITTEN).map(([plain, pair]) => [pair, plain]))

/** One bucket of Google Cloud Storage. */
export class GcsService implements ObjectService {
  readonly kind = 'gcs'
  readonly metadataBytesMax: number = METADATA_BYTES_MAX
  readonly copyBytesMax: number = Number.POSITIVE_INFINITY
  readonly bucket: string
  readonly #options: GcsOptions
  readonly #parts: GcsParts

  static async open(options: GcsOptions): Promise<GcsService> {
    return new GcsService(options, await loadGcs(options))
  }

  private constructor(options: GcsOptions, parts: GcsParts) {
    this.#options = options
    this.#parts = parts
    this.bucket = options.bucket
  }

  /** Without credentials the client would send anonymous requests, and fail in whatever way comes first. */
  async prepare(): Promise<void> {
    await this.findCredentials()
  }

  async removesOnCondition(): Promise<boolean> {
    return true
  }

  checkName(name: string): void {
    checkObjectName(name)
  }

  async head(name: string): Promise<StoredObject | undefined> {
    try {
      const [metadata] = await this.#parts.asking.file(toObjectName(name)).getMetadata()
      return objectOf(name, metadata)
    } catch (error) {
      if (isNoObject(error)) return undefined
      throw gcsFailure(error)
    }
  }

  /**
   * Two requests: the object's metadata, then the bytes of exactly that generation. When it is replaced between them,
   * both are sent again, until the deadline.
   */
  async read(
    name: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<OpenObject | 'beyond' | undefined> {
    for (;;) {
      const object = await this.head(name)
      if (object === undefined) return undefined
      if (range !== undefined && range.start >= object.bytes) return 'beyond'
      try {
        return { object, body: await this.#open(object, range, signal) }
      } catch (error) {
        if (isBeyond(error)) return 'beyond'
        if (!isNoObject(error) || signal.aborted) throw gcsFailure(error)
      }
    }
  }

  async write(write: ObjectWrite, signal: AbortSignal): Promise<StoredObject> {
    const { name, body, metadata, precondition } = write
    const resumable = body.bytes > this.#options.largeBytes
    const { resuming, streaming } = this.#parts
    const file = (resumable ? resuming : streaming).file(toObjectName(name))
    const upload = file.createWriteStream({
      resumable,
      ...(resumable ? { chunkSize: CHUNK_BYTES } : {}),
      // The service compares before it creates an object; the client would compare afterwards, and delete.
      validation: false,
      metadata: { metadata, md5Hash: body.md5, contentType: 'application/octet-stream' },
      preconditionOpts: { ifGenerationMatch: generationOf(precondition) },
    })
    const content = body.open()
    try {
      await pipeline(Buffer.isBuffer(content) ? [content] : content, upload, { signal })
    } catch (error) {
      throw gcsFailure(error)
    }
    return { name, metadata, bytes: body.bytes, version: String(file.metadata.generation) }
  }

  async remove(name: string, version: string | undefined): Promise<void> {
    try {
      await this.#parts.asking
        .file(toObjectName(name))
        .delete(version === undefined ? {} : { ifGenerationMatch: version })
    } catch (error) {
      if (isNoObject(error)) throw new ObjectFailure('conflict', 'The object is not there any more')
      throw gcsFailure(error)
    }
  }

  async copy(object: StoredObject, to: ObjectCopy): Promise<void> {
    const { asking } = this.#parts
    const source = asking.file(toObjectName(object.name), { generation: object.version })
    try {
      await source.copy(asking.file(toObjectName(to.name)), {
        metadata: { ...to.metadata },
        contentType: 'application/octet-stream',
      })
    } catch (error) {
      if (isNoObject(error)) throw new ObjectFailure('conflict', 'The object is not there any more')
      throw gcsFailure(error)
    }
  }

  async list(request: ObjectListRequest): Promise<ObjectPage> {
    const { files, more } = await this.#page(request)
    const { without } = request
    const objects = files
      .map(({ name, metadata }) => objectOf(name, metadata))
      .filter(({ name }) => without === undefined || !name.startsWith(without))
    return { objects, last: files.at(-1)?.name, more }
  }

  async scan(request: ObjectListRequest): Promise<ObjectListing> {
    const { files, more } = await this.#page(request)
    const listed = files.map(({ name, metadata }) => {
      const { version, bytes } = objectOf(name, metadata)
      return { name, version, bytes, modifiedMs: Date.parse(metadata.updated ?? '') }
    })
    return { listed, more }
  }

  async listNames(request: ObjectListRequest): Promise<ObjectNames> {
    const { files, more } = await this.#page(request)
    return { names: files.map(({ name }) => name), more }
  }

  async createBucket(): Promise<boolean> {
    try {
      const location = this.#options.location ?? 'US'
      await this.#parts.storage.createBucket(this.bucket, { location })
      return true
    } catch (error) {
      const failure = gcsFailure(error)
      if (failure.status === 409 && (await this.#isBucketOpen())) return false
      throw failure
    }
  }

  async findCredentials(): Promise<void> {
    if (this.#options.apiEndpoint !== undefined) return
    try {
      await this.#parts.storage.authClient.getAccessToken()
    } catch (error) {
      throw gcsFailure(error)
    }
  }

  close(): void {}

  async #page({ prefix, after, limit }: ObjectListRequest): Promise<ListedFiles> {
    try {
      // The list includes the offset itself: ask for one more, to have another object.
      const [files, next] = await this.#parts.asking.getFiles({
        autoPaginate: false,
        prefix: toObjectName(prefix),
        maxResults: Math.min(limit + 1, PAGE_OBJECTS_MAX),
        ...(after === undefined ? {} : { startOffset: toObjectName(after) }),
      })
      const found = (files as File[])
        .map(({ name, metadata }) => ({ name: fromObjectName(name), metadata }))
        .filter(({ name }) => name !== after)
      return { files: found.slice(0, limit), more: found.length > limit || next !== null }
    } catch (error) {
      throw gcsFailure(error)
    }
  }

  async #open(
    object: StoredObject,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Readable> {
    const file = this.#parts.streaming.file(toObjectName(object.name), {
      generation: object.version,
    })
    const body = file.createReadStream({
      // Ranges cannot be checked here; the file's reader checks its digest.
      validation: false,
      decompress: false,
      ...(range === undefined ? {} : { start: range.start }),
      ...(range?.end === undefined ? {} : { end: range.end - 1 }),
    })
    await answered(body, signal)
    return body
  }

  /** Bucket names are global: one that exists may belong to another owner, and be closed to us. */
  async #isBucketOpen(): Promise<boolean> {
    const [exists] = await this.#parts.asking.exists()
    return exists
  }
}

interface ListedFiles {
  readonly files: readonly { readonly name: string; readonly metadata: FileMetadata }[]
  readonly more: boolean
}

/** Waits until the service has begun to send the body. */
async function answered(body: Readable, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      body.destroy(new ObjectFailure('unknown', 'The service did not answer in time'))
    }
    signal.addEventListener('abort', abort, { once: true })
    body.once('error', (error) => {
      signal.removeEventListener('abort', abort)
      reject(error)
    })
    body.once('response', ({ statusCode }: { readonly statusCode: number }) => {
      // Any other status becomes an error, once its text has arrived.
      if (statusCode !== 200 && statusCode !== 206) return
      signal.removeEventListener('abort', abort)
      resolve()
    })
    // The request begins with the first read.
    body.read(0)
  })
}

function objectOf(name: string, metadata: FileMetadata): StoredObject {
  const own = Object.entries(metadata.metadata ?? {}).map(([key, value]) => [key, String(value)])
  return {
    name,
    version: String(metadata.generation),
    bytes: Number(metadata.size),
    metadata: Object.fromEntries(own) as Record<string, string>,
  }
}

/** Generation 0 stands for "there is none". */
function generationOf(precondition: Precondition): string | number {
  return precondition === 'absent' ? 0 : precondition.version
}

function toObjectName(name: string): string {
  return name.replace(/[\t\n\f\r]/g, (character) => WRITTEN[character] ?? character)
}

function fromObjectName(written: string): string {
  // All in one pass: what one pair stands for may look like the begin of another one.
  return written.replace(/[\t\f][^\t\f]/g, (pair) => READ.get(pair) ?? pair)
}

/** @throws TypeError or RangeError for a name that the service does not accept */
function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(toObjectName(name))
  if (bytes > NAME_BYTES_MAX)
    throw outOfRange(
      `A name in Google Cloud Storage must be at most ${NAME_BYTES_MAX} bytes, got ${bytes}`,
    )
  if (name.startsWith('.well-known/acme-challenge/'))
    throw wrongArgument(
      'A name in Google Cloud Storage must not begin with .well-known/acme-challenge/',
    )
}
