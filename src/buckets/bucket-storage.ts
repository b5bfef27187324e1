import { assertOpened, OPENED } from '../base/lifecycle.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { DocumentStorage } from '../versions/source/document-storage.js'
import type { DocumentStorageOptions } from '../versions/source/document-storage-options.js'
import type { SchemaOf, VersionDocument } from '../versions/version-storage.js'
import { BucketSource } from './bucket-source.js'
import { openBucket } from './open-bucket.js'
import { resolveBucketStorageOptions, type BucketStorageOptions } from './bucket-storage-options.js'

const WHERE = 'BucketStorage.open'

/**
 * Versions in a bucket of S3 or Google Cloud Storage, for any number of processes and machines: each version is an
 * object, as a directory has it as a file.
 */
export class BucketStorage<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DocumentStorage<Version, SchemaInput> {
  /**
   * Opens the store behind a prefix of a bucket, or makes one. The bucket has to exist.
   *
   * @example
   * await using storage = await BucketStorage.open({ s3BucketName: 'prompts', cloudPrefix: 'team/' })
   * @throws TypeError or RangeError that names the option, or the package to install; StorageError FS-UNAVAILABLE-001
   *   for a service that cannot be reached, FS-FORMAT-001 for a missing bucket, for a store of a later program and for a
   *   service that ignores conditions, FS-PERM-001
   */
  static async open<Version extends VersionDocument = PromptVersion, SchemaInput = unknown>(
    options: BucketStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<BucketStorage<Version, SchemaInput>> {
    const resolved = resolveBucketStorageOptions<Version, SchemaInput>(options, WHERE)
    const source = new BucketSource(await openBucket(resolved.source))
    return new BucketStorage<Version, SchemaInput>(source, resolved.documents, OPENED)
  }

  private constructor(
    source: BucketSource,
    options: DocumentStorageOptions<Version, SchemaInput>,
    via: typeof OPENED,
  ) {
    assertOpened(via, `${WHERE}({ s3BucketName })`)
    super(source, options)
  }
}
