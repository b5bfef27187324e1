import { wrongArgument } from '../base/misuse.js'
import type { ResolvedBucketOptions } from './bucket-options.js'
import { GcsService } from './gcs/service.js'
import { S3Service } from './s3/service.js'
import type { ObjectService } from './service.js'

const CONNECT_TIMEOUT_MS_MAX = 5000

/**
 * The bucket that the options name; undefined when they name none. No request is sent yet.
 *
 * @throws TypeError for options that exclude each other, and when the service's client is not installed
 */
export async function openService(
  options: ResolvedBucketOptions,
): Promise<ObjectService | undefined> {
  const { gcsBucketName, s3BucketName } = options
  if (gcsBucketName !== undefined && s3BucketName !== undefined)
    throw wrongArgument('Options "gcsBucketName" and "s3BucketName" exclude each other')
  if (gcsBucketName !== undefined) return await openGcs(gcsBucketName, options)
  return s3BucketName === undefined ? undefined : await openS3(s3BucketName, options)
}

async function openGcs(bucket: string, options: ResolvedBucketOptions): Promise<ObjectService> {
  return await GcsService.open({
    bucket,
    projectId: options.gcsProjectId,
    credentialsPath: options.gcsCredentialsPath,
    location: options.gcsLocation,
    apiEndpoint: options.gcsApiEndpoint,
    timeoutMs: options.timeoutSeconds * 1000,
    retries: options.maxRetries,
    largeBytes: options.largeUploadBytes,
  })
}

async function openS3(bucket: string, options: ResolvedBucketOptions): Promise<ObjectService> {
  if ((options.s3AccessKeyId === undefined) !== (options.s3SecretAccessKey === undefined))
    throw wrongArgument('Options "s3AccessKeyId" and "s3SecretAccessKey" belong together')
  const settings = {
    bucket,
    region: options.s3Region,
    endpoint: options.s3Endpoint,
    accessKeyId: options.s3AccessKeyId,
    secretAccessKey: options.s3SecretAccessKey,
    sessionToken: options.s3SessionToken,
    forcePathStyle: options.s3ForcePathStyle,
    connectTimeoutMs: Math.min(options.timeoutSeconds * 1000, CONNECT_TIMEOUT_MS_MAX),
    retries: options.maxRetries,
    largeBytes: options.largeUploadBytes,
  }
  return await S3Service.open(settings, options.cloudPrefix)
}
