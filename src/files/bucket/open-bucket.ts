import { wrongArgument } from '../../base/misuse.js'
import { integerOption, stringOption } from '../../base/options.js'
import { CloudBackend } from './bucket-backend.js'
import { GcsService } from '../../objects/gcs/service.js'
import type { ObjectService } from '../../objects/object-service.js'
import { S3Service } from '../../objects/s3/service.js'

/** Where the cloud is, and how it is asked. One of the two buckets is named, or none. */
export interface CloudConfig {
  readonly gcs_bucket_name?: string | undefined
  readonly gcs_project_id?: string | undefined
  /** A file with a service account's key. Default: application default credentials. */
  readonly gcs_credentials_path?: string | undefined
  /** Where `createBucket` makes a bucket. Default 'US'. */
  readonly gcs_location?: string | undefined
  /** Another service than Google's, as `http://host:port`; it is asked without credentials. */
  readonly gcs_api_endpoint?: string | undefined
  readonly s3_bucket_name?: string | undefined
  /** Default: what the SDK finds; with an endpoint 'us-east-1'. */
  readonly s3_region?: string | undefined
  /** Another service than Amazon's, as `https://host:port`. */
  readonly s3_endpoint?: string | undefined
  /** Default: the SDK's own chain of providers. */
  readonly s3_access_key_id?: string | undefined
  readonly s3_secret_access_key?: string | undefined
  readonly s3_session_token?: string | undefined
  /** The bucket in the path instead of the host name. Default: with an endpoint. */
  readonly s3_force_path_style?: boolean | undefined
  /** Stands before every key. Default ''. */
  readonly cloud_prefix?: string | undefined
  /** How often a failed request is repeated. Default 3. */
  readonly max_retries?: number | undefined
  /** How long one attempt may take, in seconds; uploads get more by their size. Default 30. */
  readonly timeout_seconds?: number | undefined
  /** Uploads of more bytes go in parts. Default 16 MiB. */
  readonly large_upload_bytes?: number | undefined
  /** How long a service that keeps failing is left alone, in seconds. Default 10. */
  readonly breaker_seconds?: number | undefined
  /** How long a change goes on against those of other processes, in ms. Default 10000. */
  readonly lock_timeout_ms?: number | undefined
}

const MIB = 1024 * 1024
const LARGE_BYTES = 16 * MIB
const PART_BYTES_MIN = 8 * MIB
const CONNECT_TIMEOUT_MS_MAX = 5000

/**
 * The bucket that the configuration names, or undefined when it names none. Nothing is asked of the service yet.
 *
 * @throws TypeError or RangeError for a wrong setting, and when the service's client is not installed
 */
export async function openCloud(config: CloudConfig): Promise<CloudBackend | undefined> {
  const { gcs_bucket_name, s3_bucket_name } = config
  if (gcs_bucket_name === undefined && s3_bucket_name === undefined) return undefined
  if (gcs_bucket_name !== undefined && s3_bucket_name !== undefined)
    throw wrongArgument('Options "gcs_bucket_name" and "s3_bucket_name" exclude each other')
  const settings = resolve(config)
  const service = await openService(config, settings)
  return new CloudBackend(service, settings)
}

interface Settings {
  readonly prefix: string
  readonly retries: number
  readonly timeoutMs: number
  readonly breakerMs: number
  readonly lockTimeoutMs: number
  readonly largeBytes: number
}

function resolve(config: CloudConfig): Settings {
  const integer = (name: keyof CloudConfig, min: number, max: number, byDefault: number): number =>
    integerOption(name, config[name], { min, max, default: byDefault })
  return {
    prefix: stringOption('cloud_prefix', config.cloud_prefix, { default: '', empty: true }),
    retries: integer('max_retries', 0, 100, 3),
    timeoutMs: integer('timeout_seconds', 1, 3600, 30) * 1000,
    breakerMs: integer('breaker_seconds', 1, 3600, 10) * 1000,
    lockTimeoutMs: integer('lock_timeout_ms', 0, 3_600_000, 10_000),
    largeBytes: integer('large_upload_bytes', PART_BYTES_MIN, 1024 * MIB, LARGE_BYTES),
  }
}

async function openService(config: CloudConfig, settings: Settings): Promise<ObjectService> {
  const { retries, timeoutMs, largeBytes, prefix } = settings
  if (config.gcs_bucket_name !== undefined) {
    return await GcsService.open({
      bucket: stringOption('gcs_bucket_name', config.gcs_bucket_name),
      projectId: config.gcs_project_id,
      credentialsPath: config.gcs_credentials_path,
      location: config.gcs_location,
      apiEndpoint: config.gcs_api_endpoint,
      timeoutMs,
      retries,
      largeBytes,
    })
  }
  assertBothKeys(config)
  const options = {
    bucket: stringOption('s3_bucket_name', config.s3_bucket_name),
    region: config.s3_region,
    endpoint: config.s3_endpoint,
    accessKeyId: config.s3_access_key_id,
    secretAccessKey: config.s3_secret_access_key,
    sessionToken: config.s3_session_token,
    forcePathStyle: config.s3_force_path_style,
    connectTimeoutMs: Math.min(timeoutMs, CONNECT_TIMEOUT_MS_MAX),
    retries,
    largeBytes,
  }
  return await S3Service.open(options, prefix)
}

function assertBothKeys({ s3_access_key_id, s3_secret_access_key }: CloudConfig): void {
  if ((s3_access_key_id === undefined) === (s3_secret_access_key === undefined)) return
  throw wrongArgument('Options "s3_access_key_id" and "s3_secret_access_key" belong together')
}
