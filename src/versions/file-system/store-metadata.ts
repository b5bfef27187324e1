import { documentTime, nowText } from '../../base/clock.js'
import type { Store } from '../../engine/store.js'
import { assertNoRival, createMark } from '../../engine/opening/store-claim.js'
import { HEAD_FILE, METADATA_FILE, VERSIONS_CLAIM } from '../../document/store-names.js'
import { StorageError, isStorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import {
  encodeMetadata,
  METADATA_FORMAT,
  readMetadata,
  requireFeature,
  requiring,
  unreadableMetadata,
  type Feature,
  type Metadata,
} from './metadata.js'
import type { KnownHistory } from '../prompt-history.js'
import type { SchemaInfo } from '../schema-info.js'
import { StoreLayout, type LayoutRules } from './store-layout.js'
import { isPromptId, SHARD_DEPTH_MAX } from '../../document/prompt-id.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { parseVersionFileName } from '../../document/version-number.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import { mapLimited } from '../../base/map-limited.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import { parsePromptFile, readIfFile } from './tree-scan.js'

/** The options that were given; `undefined`: as the store says. */
interface AskedLayout {
  readonly enableSharding: boolean | undefined
  readonly shardDepth: number | undefined
  readonly allowPrerelease: boolean | undefined
}

/** What a store's mark decides for every opener. */
export interface StoreSettings {
  readonly layout: StoreLayout
  /** Whether this opener may save pre-releases. */
  readonly allowPrerelease: boolean
  /** The schema that the youngest documents were saved with, if a program has named one. */
  readonly schema: SchemaInfo | undefined
}

export const SHARD_DEPTH_DEFAULT = 2

/**
 * The settings of a store, from its `.metadata.json`, which is written when the store is new. Opening a store with other
 * parameters than it was made with would hide its whole content, so that is an error; so is a store of files.
 */
export async function openSettings(directory: Store, asked: AskedLayout): Promise<StoreSettings> {
  await assertNoRival(directory, VERSIONS_CLAIM)
  const found = (await readMetadata(directory)) ?? (await createMetadata(directory, asked))
  checkSharding(found, asked)
  checkEncoding(directory, found)
  const metadata = asked.allowPrerelease === true ? await recordPrerelease(directory, found) : found
  return {
    layout: new StoreLayout(rulesOf(metadata)),
    allowPrerelease: asked.allowPrerelease ?? metadata.requires?.includes('prerelease') === true,
    schema: metadata.schema,
  }
}

function rulesOf({ id_encoding: encoding, sharding }: Metadata): LayoutRules {
  return { foldCase: encoding === 'folded', shardDepth: sharding.enabled ? sharding.depth : 0 }
}

/** Two processes may do this at once: the loser uses the winner's mark. */
async function createMetadata(directory: Store, asked: AskedLayout): Promise<Metadata> {
  const foldCase = !directory.volume.capabilities.caseSensitive
  const inferred = await inferLayout(directory.volume, foldCase)
  if (inferred === 'unclear') {
    throw unreadableMetadata(
      `'${METADATA_FILE}' is missing in '${directory.path}', which holds versions, and their names do not tell how the store was made; restore the file from a backup, or save the versions into a new store`,
    )
  }
  const shardDepth = asked.enableSharding === true ? (asked.shardDepth ?? SHARD_DEPTH_DEFAULT) : 0
  const metadata =
    inferred === 'empty'
      ? metadataOf({ foldCase, shardDepth }, [])
      : { ...metadataOf(inferred, inferred.features), history: historyAfterLoss() }
  // Where nothing can be written, the names alone decide.
  if (directory.isReadOnly && inferred !== 'empty') return metadata
  if (directory.isReadOnly) throw noVersions(directory.path)
  if (!(await createMark(directory, VERSIONS_CLAIM, encodeMetadata(metadata))))
    return (await readMetadata(directory)) ?? metadata
  if (inferred !== 'empty') {
    const made = metadata.sharding.enabled
      ? `sharding of depth ${metadata.sharding.depth}`
      : 'no sharding'
    const message = `'${METADATA_FILE}' was missing and is made again from the names of the directories: ${made}, ${metadata.id_encoding} names`
    publish('warning', () => ({ directory: directory.path, code: 'mark-rebuilt', message }))
  }
  return metadata
}

function noVersions(path: string): StorageError {
  const message = `There is not a store of versions in '${path}', and it was opened to be read`
  return new StorageError('FS-FORMAT-001', message, { context: { path, reason: 'no_store' } })
}

/** What was deleted before is unknown: the lost mark may have said that all of it was. */
function historyAfterLoss(): KnownHistory {
  return { since: documentTime().toISOString(), reason: 'mark_rebuilt' }
}

/** Each new mark requires commit times, so that no program writes into the store without them. */
function metadataOf({ foldCase, shardDepth }: LayoutRules, features: readonly Feature[]): Metadata {
  const { format_version: formatVersion, requires } = requiring(['commit-times', ...features])
  return {
    format: METADATA_FORMAT,
    format_version: formatVersion,
    created_at: nowText(),
    sharding: { enabled: shardDepth > 0, depth: shardDepth, hash: 'sha256' },
    checksum: 'sha256',
    id_encoding: foldCase ? 'folded' : 'plain',
    requires,
  }
}

/** Once an opener has allowed pre-releases, they are versions of this store for every other opener, too. */
async function recordPrerelease(directory: Store, metadata: Metadata): Promise<Metadata> {
  const isRecorded = metadata.requires?.includes('prerelease') === true
  if (isRecorded || directory.health().state !== 'ok') return metadata
  return (await requireFeature(directory, 'prerelease')) ?? metadata
}

function checkSharding({ sharding }: Metadata, asked: AskedLayout): void {
  const differs =
    (asked.enableSharding !== undefined && asked.enableSharding !== sharding.enabled) ||
    (sharding.enabled && asked.shardDepth !== undefined && asked.shardDepth !== sharding.depth)
  if (!differs) return
  const made = sharding.enabled ? `sharding of depth ${sharding.depth}` : 'no sharding'
  throw new StorageError(
    'FS-FORMAT-001',
    `The store was made with ${made}; and this cannot change: open it the same way, or leave out enableSharding and shardDepth`,
    {
      context: { reason: 'sharding', enabled: sharding.enabled, depth: sharding.depth },
    },
  )
}

/** On a disk that folds case, a store whose names rely on case would confuse prompts. */
function checkEncoding(directory: Store, metadata: Metadata): void {
  if (metadata.id_encoding === 'folded' || directory.volume.capabilities.caseSensitive) return
  throw new StorageError(
    'FS-FORMAT-001',
    'The store was made on a disk where case matters in names, and this one folds case; copy its versions into a new store here',
    { context: { reason: 'id_encoding', id_encoding: metadata.id_encoding } },
  )
}

/** The layout that the tree shows if the mark is lost. */
type InferredLayout = TreeRules | 'empty' | 'unclear'

interface TreeRules extends LayoutRules {
  /** What its files require of readers. */
  readonly features: readonly Feature[]
}

/** A directory and the names in it that are those of versions. */
interface VersionsDirectory {
  readonly directory: string
  readonly names: readonly string[]
  /** Whether a prompt's head is beside them. */
  readonly hasHead: boolean
}

const LISTED_AT_ONCE = 16

/**
 * The layout that a tree of versions was written with, from its names: a shard's name is a hash of the prompt's, and
 * upper case, or its escape, shows whether names are folded. `unclear` if no layout, or more than one way of sharding,
 * accounts for every directory that holds files named like versions.
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
  // A directory that no layout claims is foreign.
  const claimed = new Set(claims.flat())
  if (claimed.size === 0) return 'empty'
  const fitting = layouts.filter((_, at) => claims[at]?.length === claimed.size)
  const [first] = fitting
  const isClear = fitting.every(({ shardDepth }) => shardDepth === first?.shardDepth)
  if (first === undefined || !isClear) return 'unclear'
  const holdsPrereleases = [...claimed].some(({ names }) =>
    names.some((name) => parseVersionFileName(name, first) === undefined),
  )
  const features: readonly (readonly [Feature, boolean])[] = [
    ['prerelease', holdsPrereleases],
    ['heads', [...claimed].some(({ hasHead }) => hasHead)],
  ]
  return { ...first, features: features.flatMap(([feature, isUsed]) => (isUsed ? feature : [])) }
}

/**
 * For a store that shows no version: refuses a mark that disagrees with the tree, if the tree has another layout and
 * its documents confirm that.
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

/** Whether a document is where this layout would have put it. */
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
    const hasHead = entries.some(({ name }) => name === HEAD_FILE)
    return files.length > 0 ? [{ directory, names: files.map(({ name }) => name), hasHead }] : []
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
    (foldCase) => parseVersionFileName(name, { allowPrerelease: true, foldCase }) !== undefined,
  )
}
