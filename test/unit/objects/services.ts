import { onTestFinished } from 'vitest'
import { GcsService } from '../../../src/objects/gcs/service.js'
import { RequestPolicy } from '../../../src/objects/policy.js'
import type { S3Options } from '../../../src/objects/s3/client.js'
import { S3Service } from '../../../src/objects/s3/service.js'
import type { ObjectService, Precondition, StoredObject } from '../../../src/objects/service.js'
import { spoolBytes } from '../../../src/objects/spool.js'
import { startGcs } from '../files/bucket/standins/gcs.mjs'
import type { StandIn } from '../files/bucket/standins/http.mjs'
import { startS3, type S3StandInOptions } from '../files/bucket/standins/s3.mjs'
import { SECRET } from '../files/bucket/subjects.js'

export const MIB: number = 1024 * 1024

/** A service, and the stand-in that it speaks to. */
export interface Served<Service extends ObjectService = ObjectService> {
  readonly service: Service
  readonly standIn: StandIn
}

export function s3Options(endpoint: string, changes: Partial<S3Options> = {}): S3Options {
  return {
    bucket: 'files',
    endpoint,
    accessKeyId: 'stand-in-key',
    secretAccessKey: SECRET,
    connectTimeoutMs: 1000,
    retries: 0,
    largeBytes: 8 * MIB,
    ...changes,
  }
}

export async function serveS3(
  changes: Partial<S3Options> = {},
  options: S3StandInOptions = {},
): Promise<Served<S3Service>> {
  const standIn = await startS3(options)
  onTestFinished(async () => await standIn.close())
  const service = await S3Service.open(s3Options(standIn.endpoint, changes), '')
  onTestFinished(() => service.close())
  return { service, standIn }
}

export async function serveGcs(bucket: string = 'files'): Promise<Served<GcsService>> {
  const standIn = await startGcs()
  onTestFinished(async () => await standIn.close())
  const service = await GcsService.open({
    bucket,
    projectId: 'test',
    apiEndpoint: standIn.endpoint,
    timeoutMs: 2000,
    retries: 0,
    largeBytes: 8 * MIB,
  })
  return { service, standIn }
}

export function quickPolicy(retries: number = 2): RequestPolicy {
  return new RequestPolicy('files', { retries, timeoutMs: 2000, breakerMs: 1000 })
}

export async function writeText(
  service: ObjectService,
  name: string,
  text: string,
  precondition: Precondition = 'absent',
  metadata: Readonly<Record<string, string>> = {},
): Promise<StoredObject> {
  const body = spoolBytes(Buffer.from(text))
  return await service.write({ name, body, metadata, precondition }, signal())
}

export function signal(): AbortSignal {
  return new AbortController().signal
}
