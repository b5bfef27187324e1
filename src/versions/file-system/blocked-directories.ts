import { directoriesAbove } from '../../format/directories.js'
import type { OpenStore } from './open-store.js'
import type { Stranger } from './strangers.js'
import type { VersionDocument } from '../version-storage.js'

/**
 * Of what is not of the store, the files, links and devices in the place of a directory: the index or the list of lost
 * files knows of versions below.
 */
export async function blockingOf<Version extends VersionDocument>(
  { directory, layout, names }: OpenStore<Version>,
  strangers: readonly Stranger[],
): Promise<ReadonlySet<string>> {
  const files = strangers.filter(({ kind }) => kind === 'foreign-file')
  if (files.length === 0) return new Set()
  const isIndexed = names.has('', '') !== undefined
  const indexed = isIndexed ? await names.promptIds() : []
  const known = new Set([
    ...directory.lostFiles.flatMap(({ path }) => directoriesAbove(path)),
    ...indexed.flatMap((promptId) => directoriesAbove(`${layout.promptDirectory(promptId)}/`)),
  ])
  return new Set(files.map(({ path }) => path).filter((path) => known.has(path)))
}

export function isBelow(path: string, directories: ReadonlySet<string>): boolean {
  return directories.size > 0 && directoriesAbove(path).some((above) => directories.has(above))
}
