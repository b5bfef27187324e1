import { resolveOptions, type OptionTable } from '../../base/option-table.js'
import { DIRECTORY_OPTIONS, type DirectoryOptions } from '../../engine/directory-options.js'
import {
  BUCKET_OPTIONS,
  type BucketOptions,
  type ResolvedBucketOptions,
} from '../../objects/bucket-options.js'
import { openService } from '../../objects/open-service.js'
import { CloudBackend } from './backend.js'
import {
  VERSION_OPTIONS,
  type FileStorageOptions,
  type ResolvedFileStorageOptions,
} from '../file-storage-options.js'

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

/**
 * The bucket that the configuration names; undefined when it names none. No request is sent yet.
 *
 * @throws TypeError or RangeError for a wrong setting, and when the service's client is not installed
 */
export async function openCloud(given: CloudConfig): Promise<CloudBackend | undefined> {
  const config = resolveOptions(CLOUD_OPTIONS, given)
  const service = await openService(config)
  return (
    service &&
    new CloudBackend(service, {
      prefix: config.cloudPrefix,
      retries: config.maxRetries,
      timeoutMs: config.timeoutSeconds * 1000,
      breakerMs: config.breakerSeconds * 1000,
      lockTimeoutMs: config.lockTimeoutMs,
      keep: { most: config.keepVersions ?? 0, days: config.keepVersionsDays },
    })
  )
}
