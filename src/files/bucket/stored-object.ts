import { StorageError } from '../../base/errors.js'
import type { StoredFile } from '../backend.js'
import { decodeMetadata } from './object-metadata.js'
import type { CloudObject } from '../../objects/object-service.js'

/**
 * The file that an object keeps; undefined for the marker of a deleted one.
 *
 * @param foreign what to do with an object that somebody else has put there: fail, or leave it out
 * @throws StorageError FS-LOAD-002 for such an object
 */
export function storedFile(
  kind: 's3' | 'gcs',
  key: string,
  object: CloudObject,
  foreign: 'fail' | 'skip' = 'fail',
): StoredFile | undefined {
  const content = decodeMetadata(key, object.metadata)
  if (content.kind === 'file') {
    const { document, storeId } = content
    return {
      key,
      // S3's ETag comes back with the same bytes; Google's generation never does, and needs no request to be compared.
      etag: kind === 's3' ? storeId : object.version,
      storedBytes: object.bytes,
      modifiedMs: Date.parse(document.updated_at),
      document,
    }
  }
  if (content.kind === 'deleted' || foreign === 'skip') return undefined
  throw new StorageError(
    'FS-LOAD-002',
    `The object '${object.name}' is no file: ${content.reason}`,
    {
      context: { key, name: object.name, reason: 'foreign' },
    },
  )
}
