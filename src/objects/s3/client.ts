import type * as Sdk from '@aws-sdk/client-s3'
import { wrongArgument } from '../../base/misuse.js'

export interface S3Options {
  readonly bucket: string
  /** Default 'us-east-1', or what the SDK finds in its own settings. */
  readonly region?: string | undefined
  /** A service other than Amazon's, as `https://host:port`. */
  readonly endpoint?: string | undefined
  /** Default: the SDK's chain of providers. */
  readonly accessKeyId?: string | undefined
  readonly secretAccessKey?: string | undefined
  readonly sessionToken?: string | undefined
  /** Puts the bucket in the path instead of the host name. Default: with an endpoint. */
  readonly forcePathStyle?: boolean | undefined
  readonly connectTimeoutMs: number
  readonly retries: number
  /** Uploads of more than this many bytes go in parts. */
  readonly largeBytes: number
}

export type S3Sdk = typeof Sdk
export type S3Client = Sdk.S3Client

/** The client, loaded when it is first needed: an optional peer. */
export interface S3Parts {
  readonly sdk: S3Sdk
  readonly client: S3Client
  /** Retries single parts of a large upload, which are in memory. */
  readonly partsClient: S3Client
}

/** @throws TypeError when the package is not installed */
export async function loadS3(options: S3Options): Promise<S3Parts> {
  const sdk = await importSdk()
  const config = clientConfig(options)
  return {
    sdk,
    // The policy retries: it knows which requests may be retried, and how.
    client: new sdk.S3Client({ ...config, maxAttempts: 1 }),
    partsClient: new sdk.S3Client({ ...config, maxAttempts: options.retries + 1 }),
  }
}

async function importSdk(): Promise<S3Sdk> {
  try {
    return await import('@aws-sdk/client-s3')
  } catch (cause) {
    throw wrongArgument(
      'S3 needs a package that is not installed: npm install @aws-sdk/client-s3',
      { cause },
    )
  }
}

function clientConfig(options: S3Options): Sdk.S3ClientConfig {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = options
  return {
    ...(region === undefined && endpoint === undefined ? {} : { region: region ?? 'us-east-1' }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    // Many services know only MD5; bodies carry it, and every stored file its own SHA-256.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: options.connectTimeoutMs },
  }
}
