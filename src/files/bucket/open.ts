import { wrongArgument } from '../../base/misuse.js'
import { resolveOptions, type OptionTable } from '../../base/option-table.js'
import { DIRECTORY_OPTIONS, type DirectoryOptions } from '../../engine/directory-options.js'
import { CloudBackend } from './backend.js'
import {
  BUCKET_OPTIONS,
  VERSION_OPTIONS,
  type BucketOptions,
  type FileStorageOptions,
  type ResolvedBucketOptions,
  type ResolvedFileStorageOptions,
} from '../file-storage-options.js'
import { GcsService } from '../../objects/gcs/service.js'
import type { ObjectService } from '../../objects/service.js'
import { S3Service } from '../../objects/s3/service.js'

/** `lockTimeoutMs`: how long a change competes with those of other processes. */
export type CloudConfig = BucketOptions & Pick<DirectoryOptions, 'lockTimeoutMs'> & VersionOptions
type VersionOptions = Pick<FileStorageOptions, 'keepVersions' | 'keepVersionsDays'>
type ResolvedCloudConfig = ResolvedBucketOptions &
  Pick<ResolvedFileStorageOptions, 'lockTimeoutMs' | 'keepVersions' | 'keepVersionsDays'>

const CLOUD_OPTIONS: OptionTable<ResolvedCloudConfig> = {
  ...BUCKET_OPTIONS,
  lockTimeoutMs: DIRECTORY_OPTIONS.lockTimeoutMs,
  ...VERSION_OPTIONS,
}
const CONNECT_TIMEOUT_MS_MAX = 5000

/**
 * The bucket that the configuration names; undefined when it names none. No request is sent yet.
 *
 * @throws TypeError or RangeError for a wrong setting, and when the service's client is not installed
 */
export async function openCloud(given: CloudConfig): Promise<CloudBackend | undefined> {
  const config = resolveOptions(CLOUD_OPTIONS, given)
  const { gcsBucketName, s3BucketName } = config
  if (gcsBucketName !== undefined && s3BucketName !== undefined)
    throw wrongArgument('Options "gcsBucketName" and "s3BucketName" exclude each other')
  const bucket = gcsBucketName ?? s3BucketName
  if (bucket === undefined) return undefined
  const open = gcsBucketName === undefined ? openS3 : openGcs
  return new CloudBackend(await open(bucket, config), {
    prefix: config.cloudPrefix,
    retries: config.maxRetries,
    timeoutMs: config.timeoutSeconds * 1000,
    breakerMs: config.breakerSeconds * 1000,
    lockTimeoutMs: config.lockTimeoutMs,
    keep: { most: config.keepVersions ?? 0, days: config.keepVersionsDays },
  })
}

async function openGcs(bucket: string, config: ResolvedCloudConfig): Promise<ObjectService> {
  return await GcsService.open({
    bucket,
    projectId: config.gcsProjectId,
    credentialsPath: config.gcsCredentialsPath,
    location: config.gcsLocation,
    apiEndpoint: config.gcsApiEndpoint,
    timeoutMs: config.timeoutSeconds * 1000,
    retries: config.maxRetries,
    largeBytes: config.largeUploadBytes,
  })
}

async function openS3(bucket: string, config: ResolvedCloudConfig): Promise<ObjectService> {
  if ((config.s3AccessKeyId === undefined) !== (config.s3SecretAccessKey === undefined))
    throw wrongArgument('Options "s3AccessKeyId" and "s3SecretAccessKey" belong together')
  const options = {
    bucket,
    region: config.s3Region,
    endpoint: config.s3Endpoint,
    accessKeyId: config.s3AccessKeyId,
    secretAccessKey: config.s3SecretAccessKey,
    sessionToken: config.s3SessionToken,
    forcePathStyle: config.s3ForcePathStyle,
    connectTimeoutMs: Math.min(config.timeoutSeconds * 1000, CONNECT_TIMEOUT_MS_MAX),
    retries: config.maxRetries,
    largeBytes: config.largeUploadBytes,
  }
  return await S3Service.open(options, config.cloudPrefix)
}
