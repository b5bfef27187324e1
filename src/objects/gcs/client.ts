import type * as Client from '@google-cloud/storage'
import type { Bucket, Storage, StorageOptions } from '@google-cloud/storage'
import { wrongArgument } from '../../base/misuse.js'

export interface GcsOptions {
  readonly bucket: string
  readonly projectId?: string | undefined
  /** A file with a service account's key. Default: application default credentials. */
  readonly credentialsPath?: string | undefined
  /** Where `createBucket` makes the bucket. Default 'US'. */
  readonly location?: string | undefined
  /** A service other than Google's, as `http://host:port`; used without credentials. */
  readonly apiEndpoint?: string | undefined
  readonly timeoutMs: number
  readonly retries: number
  /** Uploads of more than this many bytes go in chunks that can be resumed. */
  readonly largeBytes: number
}

/**
 * One client for each kind of request, since Google's has these settings for all of its requests. The policy retries,
 * since it knows what may be retried; only the chunks of a large upload are retried below it.
 */
export interface GcsParts {
  readonly storage: Storage
  /** Queries and changes without a body: each with a deadline. */
  readonly asking: Bucket
  /** Bodies, however long they take. */
  readonly streaming: Bucket
  readonly resuming: Bucket
}

/** @throws TypeError when the package is not installed */
export async function loadGcs(options: GcsOptions): Promise<GcsParts> {
  const { Storage: GcsClient } = await importClient()
  const common: StorageOptions = {
    ...(options.projectId === undefined ? {} : { projectId: options.projectId }),
    ...(options.credentialsPath === undefined ? {} : { keyFilename: options.credentialsPath }),
    ...(options.apiEndpoint === undefined ? {} : { apiEndpoint: options.apiEndpoint }),
  }
  const once = { autoRetry: false, maxRetries: 0 }
  const asking = new GcsClient({ ...common, timeout: options.timeoutMs, retryOptions: once })
  const streaming = new GcsClient({ ...common, retryOptions: once })
  const resuming = new GcsClient({
    ...common,
    // The client treats 0 as its default of 3.
    retryOptions: { autoRetry: options.retries > 0, maxRetries: options.retries },
  })
  return {
    storage: asking,
    asking: asking.bucket(options.bucket),
    streaming: streaming.bucket(options.bucket),
    resuming: resuming.bucket(options.bucket),
  }
}

async function importClient(): Promise<typeof Client> {
  try {
    return await import('@google-cloud/storage')
  } catch (cause) {
    throw wrongArgument(
      'Google Cloud Storage needs a package that is not installed: npm install @google-cloud/storage@7',
      { cause },
    )
  }
}
