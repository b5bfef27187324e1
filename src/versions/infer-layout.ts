import { SHARD_DEPTH_MAX } from '../document/shard.js'
import { parseVersionFileName } from '../document/version-number.js'
import type { DirectoryEntry } from '../disk/disk.js'
import { mapLimited } from '../disk/map-limited.js'
import type { StoreFiles } from '../engine/coded-files.js'
import { isStorageError } from '../errors.js'
import { StoreLayout, type LayoutRules } from './store-layout.js'

/** What the tree says of a layout whose mark is lost. */
export type InferredLayout = LayoutRules | 'empty' | 'unclear'

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
    return directories.filter((directory) => layout.isPromptDirectory(directory))
  })
  // What no layout claims is foreign.
  const claimed = new Set(claims.flat())
  if (claimed.size === 0) return 'empty'
  const fitting = layouts.filter((_, at) => claims[at]?.length === claimed.size)
  const [first] = fitting
  const isClear = fitting.every(({ shardDepth }) => shardDepth === first?.shardDepth)
  return first !== undefined && isClear ? first : 'unclear'
}

/** The directories, one or two deep, that hold a file named like a version. */
async function directoriesOfVersions(volume: StoreFiles): Promise<string[]> {
  const top = await innerDirectories(volume, '')
  const inner = await mapLimited(
    top,
    LISTED_AT_ONCE,
    async (directory) => await innerDirectories(volume, directory),
  )
  const all = [...top, ...inner.flat()]
  const holding = await mapLimited(all, LISTED_AT_ONCE, async (directory) => {
    const entries = await entriesOf(volume, directory)
    return entries.some(({ name, kind }) => kind === 'file' && isVersionName(name))
      ? [directory]
      : []
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
