import type { FoundFile, VersionFiles } from './version-files.js'
import type { Expected } from '../version-reader.js'

/** A version that another program has put at a second place. */
export interface Duplicate {
  /** The file that is read. */
  readonly used: FoundFile
  readonly other: FoundFile<true>
}

/** @param checked the files of versions that were found; one that was moved meanwhile may be among them twice */
export async function findDuplicates(
  files: VersionFiles,
  checked: readonly Expected[],
): Promise<readonly Duplicate[]> {
  const first = new Set<string>()
  const found: Duplicate[] = []
  for (const { promptId, version, path } of checked) {
    const key = `${version} ${promptId}`
    const isFirst = !first.has(key)
    first.add(key)
    if (isFirst) continue
    const used = await files.read(promptId, version)
    const others = used === undefined ? [] : await files.besides(used)
    const other = others.find((one) => one.path === path) ?? others[0]
    if (used !== undefined && other !== undefined) found.push({ used, other })
  }
  return found
}
