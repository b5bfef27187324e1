import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { randomInt } from 'node:crypto'
import type { SpooledBody } from '../../spool.js'
import type { S3Parts } from './s3-client.js'

const PART_BYTES_MIN = 8 * 1024 * 1024
/** Of Amazon's documentation. */
const PARTS_MAX = 10_000
/** Parts on their way stand in memory. */
const PARTS_AT_ONCE = 4
const PART_BYTES_EXTRA_MAX = 1024 * 1024

interface Uploaded {
  readonly ETag?: string | undefined
}

/** One request, whose body the service checks against its MD5. */
export async function uploadWhole(
  { sdk, client }: S3Parts,
  input: PutObjectCommandInput,
  body: SpooledBody,
  signal: AbortSignal,
): Promise<Uploaded> {
  const content = body.open()
  const whole = { ...input, Body: content, ContentLength: body.bytes, ContentMD5: body.md5 }
  try {
    return await client.send(new sdk.PutObjectCommand(whole), { abortSignal: signal })
  } finally {
    if (!Buffer.isBuffer(content)) content.destroy()
  }
}

/**
 * An upload in one part: the same bytes as `uploadWhole` stores, under another ETag. Nothing is left of it when it fails,
 * but for the part, which the bucket's rules for unfinished uploads remove when it cannot be thrown away here.
 */
export async function uploadOnePart(
  { sdk, client }: S3Parts,
  input: PutObjectCommandInput,
  body: SpooledBody,
  signal: AbortSignal,
): Promise<Uploaded> {
  const { Bucket, Key, Metadata, IfMatch } = input
  const options = { abortSignal: signal }
  const { UploadId } = await client.send(
    new sdk.CreateMultipartUploadCommand({ Bucket, Key, Metadata }),
    options,
  )
  const upload = { Bucket, Key, UploadId }
  const content = body.open()
  try {
    const part = { ...upload, PartNumber: 1, Body: content, ContentLength: body.bytes }
    const { ETag } = await client.send(
      new sdk.UploadPartCommand({ ...part, ContentMD5: body.md5 }),
      options,
    )
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    return await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...upload, IfMatch, MultipartUpload }),
      options,
    )
  } catch (error) {
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw error
  } finally {
    if (!Buffer.isBuffer(content)) content.destroy()
  }
}

/** Many requests, several at a time; what was sent is thrown away when one of them fails for good. */
export async function uploadParts(
  { Upload, partsClient }: S3Parts,
  input: PutObjectCommandInput,
  body: SpooledBody,
  signal: AbortSignal,
): Promise<Uploaded> {
  const content = body.open()
  const abortController = new AbortController()
  const abort = (): void => {
    abortController.abort()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await new Upload({
      client: partsClient,
      params: { ...input, Body: content, ContentLength: body.bytes },
      // At random: the ETag depends on it, and shall not come back with the same bytes.
      partSize: Math.ceil(Math.max(PART_BYTES_MIN, body.bytes / PARTS_MAX)) + randomExtra(),
      queueSize: PARTS_AT_ONCE,
      abortController,
    }).done()
  } finally {
    signal.removeEventListener('abort', abort)
    if (!Buffer.isBuffer(content)) content.destroy()
  }
}

function randomExtra(): number {
  return randomInt(PART_BYTES_EXTRA_MAX)
}
