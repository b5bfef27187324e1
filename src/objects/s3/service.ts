import type { BucketLocationConstraint, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { outOfRange, wrongArgument } from '../../base/misuse.js'
import type { ByteRange } from '../../base/byte-source.js'
import { isStorageError } from '../../base/errors.js'
import { ObjectFailure, noCredentials } from '../failure.js'
import { mapLimited } from '../../base/map-limited.js'
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
import { loadS3, type S3Options, type S3Parts } from './client.js'
import { AMAZON, probeDialect, type S3Dialect } from './dialect.js'
import { isBeyond, isNoObject, s3Failure } from './failure.js'
import { uploadOnePart, uploadParts, uploadWhole } from './upload.js'

/** By Amazon's documentation. */
const METADATA_BYTES_MAX = 2048
const NAME_BYTES_MAX = 1024
const PAGE_OBJECTS_MAX = 1000
/** Lists have no metadata: each object is asked for it, this many at a time. */
const HEADS_AT_ONCE = 16
/** Most bytes of one PUT or copy, by Amazon's documentation. */
const WHOLE_BYTES_MAX = 5 * 1024 ** 3

/** One bucket of a service that speaks S3. */
export class S3Service implements ObjectService {
  readonly kind = 's3'
  readonly metadataBytesMax: number = METADATA_BYTES_MAX
  readonly copyBytesMax: number = WHOLE_BYTES_MAX
  readonly bucket: string
  readonly #options: S3Options
  readonly #parts: S3Parts
  readonly #prefix: string
  #dialect: Promise<S3Dialect> | undefined
  #bucketSeen: Promise<void> | undefined

  /** @param prefix where in the bucket a probe may write */
  static async open(options: S3Options, prefix: string): Promise<S3Service> {
    const parts = await loadS3(options)
    try {
      await parts.client.config.region()
    } catch (cause) {
      throw wrongArgument(
        'Option "s3Region" is needed where neither AWS_REGION nor a profile names one',
        { cause },
      )
    }
    return new S3Service(options, parts, prefix)
  }

  private constructor(options: S3Options, parts: S3Parts, prefix: string) {
    this.#options = options
    this.#parts = parts
    this.#prefix = prefix
    this.bucket = options.bucket
  }

  async prepare(): Promise<void> {
    await this.#seeBucket()
    await this.#knowDialect()
  }

  async removesOnCondition(): Promise<boolean> {
    return (await this.#knowDialect()).deletesOnCondition
  }

  checkName(name: string): void {
    const bytes = Buffer.byteLength(name)
    if (bytes > NAME_BYTES_MAX)
      throw outOfRange(`A name in S3 must be at most ${NAME_BYTES_MAX} bytes, got ${bytes}`)
  }

  async head(name: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    const { sdk, client } = this.#parts
    await this.#seeBucket()
    try {
      const answer = await client.send(new sdk.HeadObjectCommand(this.#at(name)), {
        abortSignal: signal,
      })
      return objectOf(name, answer, answer.ContentLength ?? 0)
    } catch (error) {
      if (isNoObject(error)) return undefined
      throw s3Failure(error)
    }
  }

  async read(
    name: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<OpenObject | 'beyond' | undefined> {
    const { sdk, client } = this.#parts
    const command = new sdk.GetObjectCommand({ ...this.#at(name), Range: rangeHeader(range) })
    try {
      const answer = await client.send(command, { abortSignal: signal })
      const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1]
      const bytes = total === undefined ? (answer.ContentLength ?? 0) : Number(total)
      // In Node, the SDK returns the response of node:http.
      return { object: objectOf(name, answer, bytes), body: answer.Body as Readable }
    } catch (error) {
      if (isNoObject(error)) return undefined
      if (isBeyond(error)) return 'beyond'
      throw s3Failure(error)
    }
  }

  async write(write: ObjectWrite, signal: AbortSignal): Promise<StoredObject> {
    const dialect = await this.#knowDialect()
    const input: PutObjectCommandInput = {
      ...this.#at(write.name),
      ...conditionHeaders(write.precondition, dialect),
      Metadata: write.metadata,
    }
    const large = write.body.bytes > this.#options.largeBytes && dialect.completesOnCondition
    if (!large && write.body.bytes > WHOLE_BYTES_MAX)
      throw new ObjectFailure(
        'rejected',
        `This service takes at most ${WHOLE_BYTES_MAX} bytes on condition, got ${write.body.bytes}`,
      )
    try {
      const upload = large ? uploadParts : this.#uploadSmall(write, dialect)
      const { ETag } = await upload(this.#parts, input, write.body, signal)
      return { ...write, version: unquoted(ETag), bytes: write.body.bytes }
    } catch (error) {
      // If-Match on an object that is gone.
      if (isNoObject(error)) throw new ObjectFailure('conflict', 'The object is not there any more')
      throw s3Failure(error)
    }
  }

  async remove(name: string, version: string | undefined, signal: AbortSignal): Promise<void> {
    const { sdk, client } = this.#parts
    const condition =
      version === undefined ? {} : conditionHeaders({ version }, await this.#knowDialect())
    try {
      await client.send(new sdk.DeleteObjectCommand({ ...this.#at(name), ...condition }), {
        abortSignal: signal,
      })
    } catch (error) {
      if (isNoObject(error)) throw new ObjectFailure('conflict', 'The object is not there any more')
      throw s3Failure(error)
    }
  }

  async copy(object: StoredObject, to: ObjectCopy, signal: AbortSignal): Promise<void> {
    const { sdk, client } = this.#parts
    const { quotesETags } = await this.#knowDialect()
    const source = object.name.split('/').map(encodeURIComponent).join('/')
    const command = new sdk.CopyObjectCommand({
      ...this.#at(to.name),
      CopySource: `${this.bucket}/${source}`,
      CopySourceIfMatch: quotesETags ? `"${object.version}"` : object.version,
      MetadataDirective: 'REPLACE',
      Metadata: to.metadata,
    })
    try {
      await client.send(command, { abortSignal: signal })
    } catch (error) {
      if (isNoObject(error)) throw new ObjectFailure('conflict', 'The object is not there any more')
      throw s3Failure(error)
    }
  }

  async list(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectPage> {
    const { names, more } = await this.listNames(request, signal)
    const wanted = names.filter((name) => !isLeftOut(name, request))
    try {
      const objects = await mapLimited(wanted, HEADS_AT_ONCE, async (name) => {
        return await this.head(name, signal)
      })
      return {
        objects: objects.filter((object) => object !== undefined),
        last: names.at(-1),
        more,
      }
    } catch (error) {
      throw s3Failure(error)
    }
  }

  async scan(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectListing> {
    const { sdk, client } = this.#parts
    try {
      const answer = await client.send(
        new sdk.ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: request.prefix,
          StartAfter: request.after,
          MaxKeys: Math.min(request.limit, PAGE_OBJECTS_MAX),
          // XML cannot hold every character of a name.
          EncodingType: 'url',
        }),
        { abortSignal: signal },
      )
      const listed = (answer.Contents ?? []).map(({ Key = '', ETag, Size, LastModified }) => ({
        name: urlDecoded(Key),
        version: unquoted(ETag),
        bytes: Size ?? 0,
        modifiedMs: LastModified?.getTime() ?? 0,
      }))
      return { listed, more: answer.IsTruncated ?? false }
    } catch (error) {
      throw s3Failure(error)
    }
  }

  async listNames(request: ObjectListRequest, signal: AbortSignal): Promise<ObjectNames> {
    const { listed, more } = await this.scan(request, signal)
    return { names: listed.map(({ name }) => name), more }
  }

  async createBucket(signal: AbortSignal): Promise<boolean> {
    const { sdk, client } = this.#parts
    const { region, endpoint } = this.#options
    // us-east-1 must not be named.
    const place =
      endpoint === undefined && region !== undefined && region !== 'us-east-1'
        ? { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } }
        : {}
    try {
      await client.send(new sdk.CreateBucketCommand({ Bucket: this.bucket, ...place }), {
        abortSignal: signal,
      })
      return true
    } catch (error) {
      if ((error as Error | undefined)?.name === 'BucketAlreadyOwnedByYou') return false
      throw s3Failure(error)
    }
  }

  async findCredentials(): Promise<void> {
    try {
      await this.#parts.client.config.credentials()
    } catch {
      // The provider's message may quote the files that it read.
      throw noCredentials('S3')
    }
  }

  close(): void {
    this.#parts.client.destroy()
    this.#parts.partsClient.destroy()
  }

  /**
   * An ETag is the digest of the bytes: storing the same bytes again would leave it as it is, and let a writer through
   * that has seen the file before. Such bytes are uploaded in another way, under another ETag.
   */
  #uploadSmall(
    { body, precondition }: ObjectWrite,
    { completesOnCondition }: S3Dialect,
  ): typeof uploadWhole {
    const etag = Buffer.from(body.md5, 'base64').toString('hex')
    const stays = precondition !== 'absent' && precondition.version === etag
    return stays && completesOnCondition ? uploadOnePart : uploadWhole
  }

  #at(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: name }
  }

  /** How a service treats preconditions is probed once; a failed probe is not kept. */
  async #knowDialect(): Promise<S3Dialect> {
    if (this.#options.endpoint === undefined) return AMAZON
    const { sdk, client } = this.#parts
    this.#dialect ??= probeDialect({ sdk, client, bucket: this.bucket, prefix: this.#prefix })
    try {
      return await this.#dialect
    } catch (error) {
      this.#dialect = undefined
      throw isStorageError(error) ? error : s3Failure(error)
    }
  }

  /** "No object" and "no bucket" are the same answer to a HEAD: the bucket has to have been seen before. */
  async #seeBucket(): Promise<void> {
    this.#bucketSeen ??= this.#headBucket()
    try {
      await this.#bucketSeen
    } catch (error) {
      this.#bucketSeen = undefined
      throw error
    }
  }

  async #headBucket(): Promise<void> {
    const { sdk, client } = this.#parts
    try {
      await client.send(new sdk.HeadBucketCommand({ Bucket: this.bucket }))
    } catch (error) {
      if (isNoObject(error))
        throw new ObjectFailure('no-bucket', 'There is no such bucket', { reason: 'NoSuchBucket' })
      const failure = s3Failure(error)
      // Credentials may allow reading objects, and not asking for the bucket.
      if (failure.kind !== 'denied') throw failure
    }
  }
}

function isLeftOut(name: string, { without }: ObjectListRequest): boolean {
  return without !== undefined && name.startsWith(without)
}

function objectOf(
  name: string,
  answer: {
    readonly ETag?: string | undefined
    readonly Metadata?: Record<string, string> | undefined
  },
  bytes: number,
): StoredObject {
  return { name, version: unquoted(answer.ETag), bytes, metadata: answer.Metadata ?? {} }
}

function conditionHeaders(
  precondition: Precondition,
  { quotesETags }: S3Dialect,
): { readonly IfNoneMatch: string } | { readonly IfMatch: string } {
  if (precondition === 'absent') return { IfNoneMatch: '*' }
  return { IfMatch: quotesETags ? `"${precondition.version}"` : precondition.version }
}

function rangeHeader(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined
  return `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}`
}

function unquoted(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '')
}

function urlDecoded(name: string): string {
  return decodeURIComponent(name.replaceAll('+', ' '))
}
