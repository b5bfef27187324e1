import { nowMs } from '../../base/clock.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import { mapLimited } from '../../base/map-limited.js'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import { parsePromptFile } from '../../document/prompt-file.js'
import { PROMPT_FILE } from '../../document/store-names.js'
import { isHashedName, isPromptId, isShardName } from '../../document/prompt-id.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { promptNameOf, type StoreLayout, type VersionPlace } from './store-layout.js'
import { plainBytes } from './version-codec.js'

/** A prompt, read from its directory. */
export interface ScannedPrompt {
  readonly promptId: string
  readonly versions: readonly string[]
}

/** What may be a prompt, by its directory. */
export interface PromptDirectory {
  /** The directory of the prompt. While the store is resharded, the first of those that exist. */
  readonly directory: string
  /** All directories of the prompt that exist. */
  readonly directories: readonly string[]
  readonly modifiedMs: number
  /** The disk's stamp of the directory, as it was at `seenMs` or later; none proves a prompt that may have several. */
  readonly stamp: string | undefined
  readonly seenMs: number
}

/** Called for a directory whose permissions forbid reading it; it is skipped. */
export type OnUnreadable = (directory: string, error: StorageError) => void

/** How many directories are read at once. */
const SCAN_CONCURRENCY = 16

/** The directories that are those of prompts by their names; those of one prompt together. */
export async function findPromptDirectories(
  volume: StoreFiles,
  layout: StoreLayout,
  onUnreadable: OnUnreadable,
): Promise<PromptDirectory[]> {
  const seenMs = nowMs()
  const top = directoriesOf(await volume.list(''))
  const found = await mapLimited(layout.depths, 1, async (depth) =>
    depth === 0
      ? top.map(asPrompt('', seenMs))
      : await findInShards(volume, top, depth, onUnreadable),
  )
  const all = found.flat().filter(({ directory }) => layout.isPromptDirectory(directory))
  return layout.depths.length === 1 ? all : togetherByPrompt(all)
}

async function findInShards(
  volume: StoreFiles,
  top: readonly DirectoryEntry[],
  depth: number,
  onUnreadable: OnUnreadable,
): Promise<PromptDirectory[]> {
  const shards = top.filter((entry) => isShardName(entry.name, depth))
  const found = await mapLimited(shards, SCAN_CONCURRENCY, async (shard) => {
    const seenInsideMs = nowMs()
    const inside = await readable(
      shard.name,
      onUnreadable,
      async () => await volume.list(shard.name),
    )
    return directoriesOf(inside).map(asPrompt(`${shard.name}/`, seenInsideMs))
  })
  return found.flat()
}

/** A prompt has the same name in all of its directories. */
function togetherByPrompt(all: readonly PromptDirectory[]): PromptDirectory[] {
  const byName = new Map<string, PromptDirectory>()
  for (const one of all) {
    const name = promptNameOf(one.directory)
    const before = byName.get(name) ?? { ...one, directories: [], modifiedMs: 0 }
    byName.set(name, {
      ...before,
      directories: [...before.directories, one.directory],
      modifiedMs: Math.max(before.modifiedMs, one.modifiedMs),
      stamp: undefined,
    })
  }
  return [...byName.values()]
}

function directoriesOf(entries: readonly DirectoryEntry[] | undefined): readonly DirectoryEntry[] {
  return (entries ?? []).filter((entry) => entry.kind === 'directory')
}

function asPrompt(parent: string, seenMs: number): (entry: DirectoryEntry) => PromptDirectory {
  return ({ name, modifiedMs, stamp }) => {
    const directory = parent + name
    return { directory, directories: [directory], modifiedMs, stamp, seenMs }
  }
}

/** Permissions concern one directory, perhaps of another program: the others are read all the same. */
export async function readable<Result>(
  directory: string,
  onUnreadable: OnUnreadable,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!isStorageError(error, 'FS-PERM-001')) throw error
    onUnreadable(directory, error)
    return undefined
  }
}

/** Reads directories; those without a version, or whose id is unknown, are left out. */
export async function scanPrompts<Found extends ScannedDirectories>(
  volume: StoreFiles,
  layout: StoreLayout,
  directories: readonly Found[],
  onUnreadable: OnUnreadable,
): Promise<(ScannedPrompt & { readonly found: Found })[]> {
  const scanned = await mapLimited(directories, SCAN_CONCURRENCY, async (found) => {
    const prompt = await readable(
      found.directory,
      onUnreadable,
      async () => await scanPrompt(volume, layout, found.directories),
    )
    return prompt && { ...prompt, found }
  })
  return scanned.filter((prompt) => prompt !== undefined)
}

type ScannedDirectories = Pick<PromptDirectory, 'directory' | 'directories'>

/** Undefined for directories without a version, and for those whose id is unknown. */
export async function scanPrompt(
  volume: StoreFiles,
  layout: StoreLayout,
  directories: readonly string[],
): Promise<ScannedPrompt | undefined> {
  const files: VersionFile[] = []
  for (const directory of directories) {
    for (const file of await listVersionFiles(volume, layout, directory)) files.push(file)
  }
  if (files.length === 0) return undefined
  const promptId = await readPromptId(volume, layout, directories, files)
  const versions = [...new Set(files.map(({ version }) => version))]
  return promptId === undefined ? undefined : { promptId, versions }
}

/** A file in the directory of a prompt that is named as a version. */
export type VersionFile = Omit<VersionPlace, 'promptId'>

export async function listVersionFiles(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<readonly VersionFile[]> {
  const entries = (await volume.list(directory)) ?? []
  return entries.flatMap(({ kind, name }) => {
    const named = kind === 'file' ? layout.parseVersionName(name) : undefined
    return named === undefined ? [] : [{ directory, ...named }]
  })
}

/** The versions whose files a directory holds, in any order, each once. */
export async function listVersions(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<readonly string[]> {
  const files = await listVersionFiles(volume, layout, directory)
  return [...new Set(files.map(({ version }) => version))]
}

/**
 * The id of a prompt, of its directories: in their name or, for a hashed name, in the file beside the versions. If that file is
 * lost, each version has the id, too: the name is the hash of the id, so no other id passes.
 */
export async function readPromptId(
  volume: StoreFiles,
  layout: StoreLayout,
  directories: readonly string[],
  files: readonly VersionFile[],
): Promise<string | undefined> {
  const [directory = ''] = directories
  if (!isHashedName(promptNameOf(directory))) return layout.promptIdOf(directory)
  for (const one of directories) {
    const stored = await readPromptFile(volume, layout, one)
    if (stored !== undefined) return stored
  }
  for (const file of files) {
    const path = layout.pathOf({ ...file, promptId: undefined })
    const bytes = await readPlain(volume, path, file)
    const promptId = bytes && idOfDirectory(layout, file.directory, parsePromptFile(bytes))
    if (promptId !== undefined) return promptId
  }
  return undefined
}

/** As `readIfFile`, of a version's text; undefined also for one that cannot be unpacked. */
export async function readPlain(
  volume: StoreFiles,
  path: string,
  { form, version }: Pick<VersionFile, 'form' | 'version'>,
): Promise<Uint8Array | undefined> {
  const bytes = await readIfFile(volume, path, VERSION_FILE_BYTES_MAX)
  try {
    return bytes && (await plainBytes(bytes, form, { promptId: '', version, path }))
  } catch (error) {
    if (isStorageError(error, 'FS-LOAD-001')) return undefined
    throw error
  }
}

/** The id in the file beside the versions of a hashed name; undefined if the file is lost or names another prompt. */
export async function readPromptFile(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<string | undefined> {
  const bytes = await readIfFile(volume, `${directory}/${PROMPT_FILE}`, MARK_BYTES_MAX)
  return bytes && idOfDirectory(layout, directory, parsePromptFile(bytes))
}

/** Undefined for a link, a directory or an unreadable file; `verify` reports it. */
export async function readIfFile(
  volume: StoreFiles,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await volume.read(path, maxBytes)
  } catch (error) {
    if (isStorageError(error, 'FS-LOAD-002')) return undefined
    throw error
  }
}

function idOfDirectory(
  layout: StoreLayout,
  directory: string,
  promptId: string | undefined,
): string | undefined {
  const isItsOwn = isPromptId(promptId) && layout.promptDirectories(promptId).includes(directory)
  return isItsOwn ? promptId : undefined
}
