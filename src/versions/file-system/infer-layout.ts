import { mapLimited } from '../../base/map-limited.js'
import { isStorageError, StorageError } from '../../base/errors.js'
import { isPromptId, SHARD_DEPTH_MAX } from '../../document/prompt-id.js'
import { HEAD_FILE, METADATA_FILE } from '../../document/store-names.js'
import { splitForm, type VersionForm } from '../../document/version-form.js'
import { parseVersionFileName } from '../../document/version-number.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import { RESHARDING, type Feature } from './metadata.js'
import { madeWith, promptNameOf, StoreLayout, type LayoutRules } from './store-layout.js'
import { readPlain } from './tree-scan.js'
import { parsePromptFile } from '../../document/prompt-file.js'

/** The layout that the tree shows if the mark is lost. */
export type InferredLayout = TreeRules | 'empty' | 'unclear'

export interface TreeRules extends LayoutRules {
  /** What its files require of readers. */
  readonly features: readonly Feature[]
}

/** A directory and the names in it that are those of versions. */
interface VersionsDirectory {
  readonly directory: string
  readonly names: readonly string[]
  /** The forms of the files. */
  readonly forms: readonly VersionForm[]
  /** Whether a prompt's head is beside them. */
  readonly hasHead: boolean
}

const LISTED_AT_ONCE = 16

/**
 * The layout that a tree of versions was written with, from its names: a shard's name is a hash of the prompt's, and
 * upper case, or its escape, shows whether names are folded. Two ways of sharding that together account for every
 * directory, with no version in both, are a store that was being resharded; which way does not matter. `unclear` if
 * nothing accounts for every directory that holds files named like versions.
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
    const own = directories.filter(({ directory }) => layout.isPromptDirectory(directory))
    return { rules, own: new Set(own) }
  })
  // A directory that no layout claims is foreign.
  const claimed = new Set(claims.flatMap(({ own }) => [...own]))
  if (claimed.size === 0) return 'empty'
  const whole = claims.find(({ own }) => own.size === claimed.size)
  const rules = whole?.rules ?? (await reshardedRules(volume, claims, claimed.size))
  return rules === undefined ? 'unclear' : { ...rules, features: featuresOf([...claimed], rules) }
}

interface LayoutClaim {
  readonly rules: LayoutRules
  readonly own: ReadonlySet<VersionsDirectory>
}

/**
 * The layouts that a store was being resharded from and to: the one with more directories is treated as the new one. In
 * each of them a document has to be where it puts it: a single foreign directory must not make another store of this.
 */
async function reshardedRules(
  volume: StoreFiles,
  claims: readonly LayoutClaim[],
  directories: number,
): Promise<LayoutRules | undefined> {
  for (const to of claims) {
    for (const from of claims) {
      const isPair = to.rules.foldCase === from.rules.foldCase && to.own.size >= from.own.size
      if (!isPair || to === from || to.own.size + from.own.size !== directories) continue
      const moved = keysOf(to)
      if ([...keysOf(from)].some((key) => moved.has(key))) continue
      const layouts = [to, from].map(({ rules }) => new StoreLayout(rules))
      const confirmed = layouts.map(async (layout) => await isConfirmed(volume, layout))
      if (!(await Promise.all(confirmed)).includes(false))
        return { ...to.rules, otherDepth: from.rules.shardDepth }
    }
  }
  return undefined
}

/** The versions in the directories of a layout. */
function keysOf({ own }: LayoutClaim): ReadonlySet<string> {
  const keys = [...own].flatMap(({ directory, names }) =>
    names.map((name) => `${promptNameOf(directory)}/${splitForm(name).plain}`),
  )
  return new Set(keys)
}

/** What the files of a tree require of readers. */
function featuresOf(claimed: readonly VersionsDirectory[], rules: LayoutRules): readonly Feature[] {
  const isUsed = (form: VersionForm): boolean => claimed.some(({ forms }) => forms.includes(form))
  const isPrerelease = (name: string): boolean =>
    parseVersionFileName(splitForm(name).plain, rules) === undefined
  const features: readonly (readonly [Feature, boolean])[] = [
    ['prerelease', claimed.some(({ names }) => names.some(isPrerelease))],
    ['heads', claimed.some(({ hasHead }) => hasHead)],
    ['gzip', isUsed('gzip')],
    ['zstd', isUsed('zstd')],
    [RESHARDING, rules.otherDepth !== undefined],
  ]
  return features.flatMap(([feature, isRequired]) => (isRequired ? feature : []))
}

/**
 * For a store that shows no version: refuses a mark that disagrees with the tree, if the tree has another layout and
 * its documents confirm that.
 * @throws StorageError FS-FORMAT-001
 */
export async function assertLayout(volume: StoreFiles, layout: StoreLayout): Promise<void> {
  const { depths, rules } = layout
  const inferred = await inferLayout(volume, rules.foldCase)
  if (inferred === 'empty' || inferred === 'unclear') return
  const found = new StoreLayout(inferred)
  const isSame =
    inferred.foldCase === rules.foldCase && found.depths.every((depth) => depths.includes(depth))
  if (isSame || !(await isConfirmed(volume, found))) return
  const { foldCase } = inferred
  const made = madeWith(inferred)
  throw new StorageError(
    'FS-FORMAT-001',
    `'${METADATA_FILE}' disagrees with the directories of '${volume.directory}', which were made with ${made} and ${foldCase ? 'folded' : 'plain'} names; restore the file from a backup of this store, or remove it: it is made again from the names of the directories`,
    { context: { path: METADATA_FILE, reason: 'metadata' } },
  )
}

/** Whether a document is where this layout would have put it. */
async function isConfirmed(volume: StoreFiles, layout: StoreLayout): Promise<boolean> {
  for (const { directory, names } of await directoriesOfVersions(volume)) {
    const [name] = names
    if (name === undefined) continue
    const path = `${directory}/${name}`
    const bytes = await readPlain(volume, path, { version: name, form: splitForm(name).form })
    const promptId = bytes && parsePromptFile(bytes)
    if (promptId === undefined || !isPromptId(promptId)) continue
    if (layout.promptDirectories(promptId).includes(directory)) return true
  }
  return false
}

/** The directories, one or two deep, that hold a file named like a version, or the head of a prompt. */
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
    const hasHead = entries.some(({ name }) => name === HEAD_FILE)
    const names = files.map(({ name }) => name)
    const forms = [...new Set(names.map((name) => splitForm(name).form))]
    return files.length > 0 || hasHead ? [{ directory, names, forms, hasHead }] : []
  })
  return holding.flat()
}

async function innerDirectories(volume: StoreFiles, parent: string): Promise<string[]> {
  const entries = await entriesOf(volume, parent)
  return entries
    .filter(({ name, kind }) => kind === 'directory' && !name.startsWith('.'))
    .map(({ name }) => (parent === '' ? name : `${parent}/${name}`))
}

/** Empty for a directory that may not be read: it proves nothing. */
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
    (foldCase) =>
      parseVersionFileName(splitForm(name).plain, { allowPrerelease: true, foldCase }) !==
      undefined,
  )
}
