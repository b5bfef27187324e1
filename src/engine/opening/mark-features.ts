import { StorageError } from '../../base/errors.js'

/**
 * Refuses a mark that lists features this version does not know: it would misread the files.
 * @param requires the mark's list; undefined in older marks, which have none
 * @throws StorageError FS-FORMAT-001 with reason `requires`, naming the feature
 */
export function checkRequires(
  mark: string,
  requires: unknown,
  known: readonly string[] = [],
): void {
  if (requires === undefined) return
  const list: readonly unknown[] = Array.isArray(requires) ? requires : [requires]
  const unknown = list.find((feature) => typeof feature !== 'string' || !known.includes(feature))
  if (unknown === undefined) return
  throw new StorageError(
    'FS-FORMAT-001',
    `'${mark}' requires the feature ${JSON.stringify(unknown)}, which this version does not know; open the store with the version of holdfast that made it, or a newer one`,
    { context: { path: mark, reason: 'requires', feature: unknown } },
  )
}
