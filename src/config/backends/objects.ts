import { BUCKET_SOURCE_OPTION_NAMES } from '../../buckets/bucket-storage-options.js'
import { BucketStorage } from '../../buckets/bucket-storage.js'
import { DOCUMENT_OPTION_NAMES } from '../../versions/source/document-storage-options.js'
import type { VersionDocument, VersionSchema } from '../../versions/version-storage.js'
import type { Backend, OpenRequest } from './backend.js'

/** They are functions or objects, or have another place. */
const NOT_IN_A_FILE = new Set([
  's3BucketName',
  'gcsBucketName',
  'cloudPrefix',
  'create',
  'readOnly',
  'schema',
  'schemaInfo',
  'upgrade',
])

/** `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` */
export const objectsBackend: Backend = {
  settings: [...BUCKET_SOURCE_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES].filter(
    (name) => !NOT_IN_A_FILE.has(name),
  ),
  paths: ['gcsCredentialsPath', 'cacheDir'],
  open: openBucket,
}

async function openBucket({
  target,
  settings,
  options,
}: OpenRequest): Promise<BucketStorage<VersionDocument>> {
  // Without a schema, its documents are PromptVersions.
  return await BucketStorage.open<VersionDocument>({
    ...settings,
    ...options,
    ...placeOf(target),
  } as { readonly cloudPrefix: string } & VersionSchema<VersionDocument>)
}

function placeOf(target: OpenRequest['target']): object {
  if (target.scheme !== 's3' && target.scheme !== 'gs') return {}
  const { bucket, prefix: cloudPrefix } = target
  return { [target.scheme === 's3' ? 's3BucketName' : 'gcsBucketName']: bucket, cloudPrefix }
}
