import { option, type OptionTable, type Resolved } from '../base/option-table.js'
import { flag, integer, pathOption, secret, stringOption, text } from '../base/options.js'

/** The address of the cloud, and the rules for requests. At most one of the two buckets is named. */
export interface BucketOptions {
  /** The bucket of Google Cloud Storage. */
  readonly gcsBucketName?: string | undefined
  readonly gcsProjectId?: string | undefined
  /** A file with a service account's key. Default: application default credentials. */
  readonly gcsCredentialsPath?: string | URL | undefined
  /** Where `createBucket` creates a bucket. Default 'US'. */
  readonly gcsLocation?: string | undefined
  /** A service other than Google's, as `http://host:port`; used without credentials. */
  readonly gcsApiEndpoint?: string | undefined
  /** The bucket of an S3 service. */
  readonly s3BucketName?: string | undefined
  /** Default: what the SDK finds; with an endpoint 'us-east-1'. */
  readonly s3Region?: string | undefined
  /** A service other than Amazon's, as `https://host:port`. */
  readonly s3Endpoint?: string | undefined
  /** Default: the SDK's own chain of providers. */
  readonly s3AccessKeyId?: string | undefined
  readonly s3SecretAccessKey?: string | undefined
  readonly s3SessionToken?: string | undefined
  /** Puts the bucket in the path instead of the host name. Default: with an endpoint. */
  readonly s3ForcePathStyle?: boolean | undefined
  /** Precedes every key. Default ''. */
  readonly cloudPrefix?: string | undefined
  /** How often a failed request is retried. Default 3. */
  readonly maxRetries?: number | undefined
  /** How long one attempt may take, in seconds; uploads get more by their size. Default 30. */
  readonly timeoutSeconds?: number | undefined
  /** Uploads of more bytes are sent in parts. Default 16 MiB. */
  readonly largeUploadBytes?: number | undefined
  /** How long a service that keeps failing is left alone, in seconds. Default 10. */
  readonly breakerSeconds?: number | undefined
}

/** Options that name a service have no default here, except where Google creates buckets. */
type ServiceOptions = Pick<BucketOptions, Extract<keyof BucketOptions, `${'gcs' | 's3'}${string}`>>

export type ResolvedBucketOptions = Resolved<
  BucketOptions,
  Omit<ServiceOptions, 'gcsCredentialsPath' | 'gcsLocation'> & {
    readonly gcsCredentialsPath: string | undefined
  }
>

const MIB = 1024 * 1024

export const BUCKET_OPTIONS: OptionTable<ResolvedBucketOptions> = {
  gcsBucketName: option(undefined, text),
  gcsProjectId: option(undefined, text),
  gcsCredentialsPath: option(undefined, pathOption),
  gcsLocation: option('US', text),
  gcsApiEndpoint: option(undefined, text),
  s3BucketName: option(undefined, text),
  s3Region: option(undefined, text),
  s3Endpoint: option(undefined, text),
  s3AccessKeyId: option(undefined, secret),
  s3SecretAccessKey: option(undefined, secret),
  s3SessionToken: option(undefined, secret),
  s3ForcePathStyle: option(undefined, flag),
  cloudPrefix: (name, given) => stringOption(name, given, { default: '', empty: true }),
  maxRetries: option(3, integer(0, 100)),
  timeoutSeconds: option(30, integer(1, 3600)),
  largeUploadBytes: option(16 * MIB, integer(8 * MIB, 1024 * MIB)),
  breakerSeconds: option(10, integer(1, 3600)),
}
