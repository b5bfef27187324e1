import { METADATA_FILE } from '../../document/store-names.js'
import { isPromptId, SHARD_DEPTH_MAX } from '../../document/prompt-id.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { parseVersionFileName } from '../../document/version-number.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import { mapLimited } from '../../base/map-limited.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import { isStorageError, StorageError } from '../../base/errors.js'
import { StoreLayout, type LayoutRules } from './store-layout.js'
import { parsePromptFile, readIfFile } from './tree-scan.js'

/** What the tree says of a layout whose mark is lost. */
export type InferredLayout = TreeRules | 'empty' | 'unclear'

export interface TreeRules extends LayoutRules {
  readonly holdsPrereleases: boolean
}

/** A directory and the names in it that are those of versions. */
interface VersionsDirectory {
  readonly directory: string
  readonly names: readonly string[]
}

const LISTED_AT_ONCE = 16

/**
 * The layout that a tree of versions was written with, from its names: a shard's name is a hash of the prompt's, and
 * upper case, or what stands for it, shows whether names are folded. `unclear` where no layout, or more than one way of
 * sharding, accounts for every directory that holds files named like versions.
 * @param foldCase for a tree whose names are the same either way
 */
export async function inferLayout(volume: StoreFiles, foldCase: boolean): Promise<InferredLayout> {
  const directories = await directoriesOfVersions(volume)
  const layouts = [foldCase, !foldCase].flatMap((folded) =>
    Array.from({ length: SHARD_DEPTH_MAX + 1 }, (_, shardDepth) => ({
      foldCase: folded,
      shardDepth,
    })),
  )
  const claims = layouts.map((rules) => {
    const layout = new StoreLayout(rules)
    return directories.filter(({ directory }) => layout.isPromptDirectory(directory))
  })
  // What no layout claims is foreign.
  const claimed = new Set(claims.flat())
  if (claimed.size === 0) return 'empty'
  const fitting = layouts.filter((_, at) => claims[at]?.length === claimed.size)
  const [first] = fitting
  const isClear = fitting.every(({ shardDepth }) => shardDepth === first?.shardDepth)
  if (first === undefined || !isClear) return 'unclear'
  const holdsPrereleases = [...claimed].some(({ names }) =>
    names.some((name) => parseVersionFileName(name, first) === undefined),
  )
  return { ...first, holdsPrereleases }
}

/**
 * For a store that shows no version: refuses a mark that disagrees with the tree, where the tree is that of another
 * layout and its documents say so, too.
 * @throws StorageError FS-FORMAT-001
 */
export async function assertLayout(volume: StoreFiles, { rules }: StoreLayout): Promise<void> {
  const inferred = await inferLayout(volume, rules.foldCase)
  if (inferred === 'empty' || inferred === 'unclear') return
  const isSame = inferred.shardDepth === rules.shardDepth && inferred.foldCase === rules.foldCase
  if (isSame || !(await isConfirmed(volume, new StoreLayout(inferred)))) return
  const { shardDepth, foldCase } = inferred
  const made = shardDepth === 0 ? 'no sharding' : `sharding of depth ${shardDepth}`
  throw new StorageError(
    'FS-FORMAT-001',
    `'${METADATA_FILE}' disagrees with the directories of '${volume.directory}', which were made with ${made} and ${foldCase ? 'folded' : 'plain'} names; restore the file from a backup of this store, or remove it: it is made again from the names of the directories`,
    { context: { path: METADATA_FILE, reason: 'metadata' } },
  )
}

/** Whether a document lies where this layout would have put it. */
async function isConfirmed(volume: StoreFiles, layout: StoreLayout): Promise<boolean> {
  for (const { directory, names } of await directoriesOfVersions(volume)) {
    const [name = ''] = names
    const path = `${directory}/${name}`
    const bytes = await readIfFile(volume, path, VERSION_FILE_BYTES_MAX)
    const promptId = bytes && parsePromptFile(bytes)
    if (promptId === undefined || !isPromptId(promptId)) continue
    if (layout.promptDirectory(promptId) === directory) return true
  }
  return false
}

/** The directories, one or two deep, that hold a file named like a version. */
async function directoriesOfVersions(volume: StoreFiles): Promise<VersionsDirectory[]> {
  const top = await innerDirectories(volume, '')
  const inner = await mapLimited(
    top,
    LISTED_AT_ONCE,
    async (directory) => await innerDirectories(volume, directory),
  )
  const all = [...top, ...inner.flat()]
  const holding = await mapLimited(all, LISTED_AT_ONCE, async (directory) => {
    const entries = await entriesOf(volume, directory)
    const files = entries.filter(({ name, kind }) => kind === 'file' && isVersionName(name))
    return files.length > 0 ? [{ directory, names: files.map(({ name }) => name) }] : []
  })
  return holding.flat()
}

async function innerDirectories(volume: StoreFiles, parent: string): Promise<string[]> {
  const entries = await entriesOf(volume, parent)
  return entries
    .filter(({ name, kind }) => kind === 'directory' && !name.startsWith('.'))
    .map(({ name }) => (parent === '' ? name : `${parent}/${name}`))
}

/** None of a directory that may not be read: it tells nothing. */
async function entriesOf(volume: StoreFiles, path: string): Promise<readonly DirectoryEntry[]> {
  try {
    return (await volume.list(path)) ?? []
  } catch (error) {
    if (path !== '' && isStorageError(error, 'FS-PERM-001')) return []
    throw error
  }
}

function isVersionName(name: string): boolean {
  return [true, false].some(
    (foldCase) => parseVersionFileName(name, { allowPrerelease: true, foldCase }) !== undefined,
  )
}
