import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { createHash, randomInt } from 'node:crypto'
import type { SpooledBody } from '../spool.js'
import type { S3Parts } from './client.js'

const PART_BYTES_MIN = 8 * 1024 * 1024
/** By Amazon's documentation. */
const PARTS_MAX = 10_000
/** Parts being sent are in memory, so that they can be sent again. */
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

/** An upload in one part: the same bytes as `uploadWhole` stores, under another ETag. */
export async function uploadOnePart(
  parts: S3Parts,
  input: PutObjectCommandInput,
  body: SpooledBody,
  signal: AbortSignal,
): Promise<Uploaded> {
  const { sdk, client } = parts
  return await withUpload(parts, input, signal, async (upload) => {
    const content = body.open()
    const whole = { Body: content, ContentLength: body.bytes, ContentMD5: body.md5 }
    try {
      const command = new sdk.UploadPartCommand({ ...upload, PartNumber: 1, ...whole })
      const { ETag } = await client.send(command, { abortSignal: signal })
      return [{ PartNumber: 1, ETag }]
    } finally {
      if (!Buffer.isBuffer(content)) content.destroy()
    }
  })
}

/** Many requests, several at a time, each checked against its MD5. */
export async function uploadParts(
  parts: S3Parts,
  input: PutObjectCommandInput,
  body: SpooledBody,
  signal: AbortSignal,
): Promise<Uploaded> {
  // Random: the ETag depends on it, and must not repeat for the same bytes.
  const partBytes = Math.ceil(Math.max(PART_BYTES_MIN, body.bytes / PARTS_MAX)) + randomExtra()
  return await withUpload(
    parts,
    input,
    signal,
    async (upload) => await sendParts(parts, { upload, body, partBytes }, signal),
  )
}

interface Sending {
  readonly upload: UploadName
  readonly body: SpooledBody
  readonly partBytes: number
}

/** The first part that fails for good ends the others. */
async function sendParts(
  { sdk, partsClient }: S3Parts,
  { upload, body, partBytes }: Sending,
  signal: AbortSignal,
): Promise<CompletedPart[]> {
  const sent: CompletedPart[] = []
  const count = Math.ceil(body.bytes / partBytes)
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  let next = 1
  const lane = async (): Promise<void> => {
    // One buffer for all its parts: new ones would wait for the garbage collector, gigabytes of them.
    const memory = Buffer.allocUnsafeSlow(body.isInMemory ? 0 : partBytes)
    while (next <= count && !either.aborted) {
      const PartNumber = next++
      const start = (PartNumber - 1) * partBytes
      const Body = await body.part(start, Math.min(start + partBytes, body.bytes), memory)
      const ContentMD5 = createHash('md5').update(Body).digest('base64')
      const command = new sdk.UploadPartCommand({ ...upload, PartNumber, Body, ContentMD5 })
      const { ETag } = await partsClient.send(command, { abortSignal: either })
      sent[PartNumber - 1] = { PartNumber, ETag }
    }
    either.throwIfAborted()
  }
  const lanes = Array.from({ length: Math.min(PARTS_AT_ONCE, count) }, async () => {
    try {
      await lane()
    } catch (error) {
      failed.abort(error)
      throw error
    }
  })
  await Promise.allSettled(lanes)
  // The reason is the first failure, not its effect on the other lanes.
  either.throwIfAborted()
  return sent
}

interface UploadName {
  readonly Bucket: string | undefined
  readonly Key: string | undefined
  readonly UploadId: string | undefined
}

/**
 * Begins an upload and completes it on the condition of `input`. A failed one leaves nothing but parts that cannot be
 * removed here; the bucket's rules for unfinished uploads remove those.
 */
async function withUpload(
  { sdk, client }: S3Parts,
  { Bucket, Key, Metadata, IfMatch, IfNoneMatch }: PutObjectCommandInput,
  signal: AbortSignal,
  send: (upload: UploadName) => Promise<CompletedPart[]>,
): Promise<Uploaded> {
  const options = { abortSignal: signal }
  const begin = new sdk.CreateMultipartUploadCommand({ Bucket, Key, Metadata })
  const { UploadId } = await client.send(begin, options)
  const upload = { Bucket, Key, UploadId }
  try {
    const complete = {
      ...upload,
      ...(IfMatch === undefined ? {} : { IfMatch }),
      ...(IfNoneMatch === undefined ? {} : { IfNoneMatch }),
      MultipartUpload: { Parts: await send(upload) },
    }
    return await client.send(new sdk.CompleteMultipartUploadCommand(complete), options)
  } catch (error) {
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw error
  }
}

function randomExtra(): number {
  return randomInt(PART_BYTES_EXTRA_MAX)
}
