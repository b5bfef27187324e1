import { randomBytes } from 'node:crypto'
import { StorageError } from '../../base/errors.js'
import { s3Failure } from './failure.js'
import type { S3Client, S3Sdk } from './client.js'

/** Differences between S3 services that matter here. */
export interface S3Dialect {
  /** How If-Match names an ETag: RFC 9110 has quotes, some services compare without. */
  readonly quotesETags: boolean
  /** Whether DELETE honours If-Match. */
  readonly deletesOnCondition: boolean
  /** Whether the completion of an upload in parts honours If-None-Match and If-Match. */
  readonly completesOnCondition: boolean
}

/** Amazon's own service, as documented. */
export const AMAZON: S3Dialect = {
  quotesETags: true,
  deletesOnCondition: true,
  completesOnCondition: true,
}

export interface ProbeTarget {
  readonly sdk: S3Sdk
  readonly client: S3Client
  readonly bucket: string
  readonly prefix: string
}

const NEVER_AN_ETAG = '00000000000000000000000000000000'

/**
 * Finds out how a service treats preconditions, with an object of its own that is removed at the end.
 * @throws StorageError FS-FORMAT-001 when it ignores those of a simple PUT: no guarantee would hold on it
 */
export async function probeDialect(target: ProbeTarget): Promise<S3Dialect> {
  const probe = new DialectProbe(target)
  try {
    const etag = await probe.putAbsent()
    await probe.assertCreateRefused()
    const quotesETags = await probe.findQuoting(etag)
    const completesOnCondition = await probe.refusesCompletion()
    const deletesOnCondition = await probe.refusesDelete()
    return { quotesETags, deletesOnCondition, completesOnCondition }
  } finally {
    await probe.cleanUp()
  }
}

class DialectProbe {
  readonly #target: ProbeTarget
  readonly #where: { readonly Bucket: string; readonly Key: string }

  constructor(target: ProbeTarget) {
    this.#target = target
    this.#where = {
      Bucket: target.bucket,
      Key: `${target.prefix}.holdfast-probe-${randomBytes(16).toString('hex')}`,
    }
  }

  async putAbsent(): Promise<string> {
    try {
      return await this.#put({ IfNoneMatch: '*' })
    } catch (error) {
      const failure = s3Failure(error)
      throw failure.kind === 'rejected' ? this.#ignores('If-None-Match') : failure
    }
  }

  async assertCreateRefused(): Promise<void> {
    if (!(await isRefused(this.#put({ IfNoneMatch: '*' })))) throw this.#ignores('If-None-Match')
  }

  async findQuoting(etag: string): Promise<boolean> {
    if (!(await isRefused(this.#put({ IfMatch: `"${NEVER_AN_ETAG}"` }))))
      throw this.#ignores('If-Match')
    if (!(await isRefused(this.#put({ IfMatch: `"${etag}"` })))) return true
    if (await isRefused(this.#put({ IfMatch: etag }))) throw this.#ignores('If-Match')
    return false
  }

  async refusesCompletion(): Promise<boolean> {
    const { sdk, client } = this.#target
    const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(this.#where))
    const upload = { ...this.#where, UploadId }
    const part = await client.send(
      new sdk.UploadPartCommand({ ...upload, PartNumber: 1, Body: Buffer.from('probe') }),
    )
    const refused = await isRefused(
      client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...upload,
          IfNoneMatch: '*',
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
        }),
      ),
    )
    if (refused) await client.send(new sdk.AbortMultipartUploadCommand(upload))
    return refused
  }

  async refusesDelete(): Promise<boolean> {
    const { sdk, client } = this.#target
    return await isRefused(
      client.send(new sdk.DeleteObjectCommand({ ...this.#where, IfMatch: `"${NEVER_AN_ETAG}"` })),
    )
  }

  /** If even this fails, the object that is left is in no list of files: it has no document. */
  async cleanUp(): Promise<void> {
    const { sdk, client } = this.#target
    await client.send(new sdk.DeleteObjectCommand(this.#where)).catch(() => undefined)
  }

  async #put(condition: {
    readonly IfMatch?: string
    readonly IfNoneMatch?: string
  }): Promise<string> {
    const { sdk, client } = this.#target
    const { ETag = '' } = await client.send(
      new sdk.PutObjectCommand({ ...this.#where, ...condition, Body: Buffer.from('probe') }),
    )
    return ETag.replaceAll('"', '')
  }

  #ignores(header: string): StorageError {
    return new StorageError(
      'FS-FORMAT-001',
      `The S3 service of bucket '${this.#target.bucket}' does not honour ${header}: nothing can be stored there safely`,
      { context: { bucket: this.#target.bucket, header } },
    )
  }
}

/** Whether a conditional request is refused because of its condition, or because the service does not support it. */
async function isRefused(request: Promise<unknown>): Promise<boolean> {
  try {
    await request
    return false
  } catch (error) {
    const failure = s3Failure(error)
    if (failure.kind === 'conflict') return true
    throw failure
  }
}
