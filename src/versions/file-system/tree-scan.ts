import { TextDecoder, TextEncoder } from 'node:util'
import { nowMs } from '../../base/clock.js'
import type { DirectoryEntry } from '../../engine/disk-port.js'
import type { StoreFiles } from '../../engine/coded-files.js'
import { mapLimited } from '../../base/map-limited.js'
import { MARK_BYTES_MAX } from '../../format/layout.js'
import { PROMPT_FILE } from '../../document/store-names.js'
import { isHashedName, isPromptId, isShardName } from '../../document/prompt-id.js'
import { parseVersionFileName, versionFileName } from '../../document/version-number.js'
import { isStorageError, type StorageError } from '../../base/errors.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { StoreLayout } from './store-layout.js'

/** A prompt, read from its directory. */
export interface ScannedPrompt {
  readonly promptId: string
  readonly versions: readonly string[]
}

/** A directory that may be a prompt's. */
export interface PromptDirectory {
  readonly directory: string
  readonly modifiedMs: number
  /** The disk's stamp of the directory, as it was at `seenMs` or later. */
  readonly stamp: string | undefined
  readonly seenMs: number
}

/** Called for a directory whose permissions forbid reading it; it is skipped. */
export type OnUnreadable = (directory: string, error: StorageError) => void

/** How many directories are read at once. */
const SCAN_CONCURRENCY = 16

/** The directories that are those of prompts by their names. */
export async function findPromptDirectories(
  volume: StoreFiles,
  layout: StoreLayout,
  onUnreadable: OnUnreadable,
): Promise<PromptDirectory[]> {
  const { shardDepth } = layout.rules
  const seenMs = nowMs()
  const top = directoriesOf(await volume.list(''))
  if (shardDepth === 0)
    return top
      .map(asPrompt('', seenMs))
      .filter((found) => layout.isPromptDirectory(found.directory))
  const shards = top.filter((entry) => isShardName(entry.name, shardDepth))
  const found = await mapLimited(shards, SCAN_CONCURRENCY, async (shard) => {
    const seenInsideMs = nowMs()
    const inside = await readable(
      shard.name,
      onUnreadable,
      async () => await volume.list(shard.name),
    )
    return directoriesOf(inside).map(asPrompt(`${shard.name}/`, seenInsideMs))
  })
  return found.flat().filter(({ directory }) => layout.isPromptDirectory(directory))
}

function directoriesOf(entries: readonly DirectoryEntry[] | undefined): readonly DirectoryEntry[] {
  return (entries ?? []).filter((entry) => entry.kind === 'directory')
}

function asPrompt(parent: string, seenMs: number): (entry: DirectoryEntry) => PromptDirectory {
  return ({ name, modifiedMs, stamp }) => ({ directory: parent + name, modifiedMs, stamp, seenMs })
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
export async function scanPrompts<Found extends { readonly directory: string }>(
  volume: StoreFiles,
  layout: StoreLayout,
  directories: readonly Found[],
  onUnreadable: OnUnreadable,
): Promise<(ScannedPrompt & { readonly found: Found })[]> {
  const scanned = await mapLimited(directories, SCAN_CONCURRENCY, async (found) => {
    const { directory } = found
    const prompt = await readable(
      directory,
      onUnreadable,
      async () => await scanPrompt(volume, layout, directory),
    )
    return prompt && { ...prompt, found }
  })
  return scanned.filter((prompt) => prompt !== undefined)
}

/** Undefined for a directory without a version, and for one whose id is unknown. */
export async function scanPrompt(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<ScannedPrompt | undefined> {
  const versions = await listVersions(volume, layout, directory)
  if (versions.length === 0) return undefined
  const promptId = await readPromptId(volume, layout, directory, versions)
  return promptId === undefined ? undefined : { promptId, versions }
}

/** The versions whose files a directory holds, in any order. */
export async function listVersions(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<readonly string[]> {
  const entries = (await volume.list(directory)) ?? []
  return entries
    .filter((entry) => entry.kind === 'file')
    .map((entry) => parseVersionFileName(entry.name, layout.rules))
    .filter((version) => version !== undefined)
}

/**
 * The id of a prompt's directory: in its name or, for a hashed name, in the file beside the versions. If that file is
 * lost, each version has the id, too: the name is the hash of the id, so no other id passes.
 */
export async function readPromptId(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
  versions: readonly string[],
): Promise<string | undefined> {
  if (!isHashedName(directory.slice(directory.lastIndexOf('/') + 1)))
    return layout.promptIdOf(directory)
  const stored = await readPromptFile(volume, layout, directory)
  if (stored !== undefined) return stored
  for (const version of versions) {
    const path = `${directory}/${versionFileName(version, layout.rules)}`
    const bytes = await readIfFile(volume, path, VERSION_FILE_BYTES_MAX)
    const promptId = bytes && idOfDirectory(layout, directory, parsePromptFile(bytes))
    if (promptId !== undefined) return promptId
  }
  return undefined
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
  const isItsOwn = isPromptId(promptId) && layout.promptDirectory(promptId) === directory
  return isItsOwn ? promptId : undefined
}

export function encodePromptFile(promptId: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ prompt_id: promptId }, null, 2)}\n`)
}

/** The id in a prompt's file; undefined if it has none. */
export function parsePromptFile(bytes: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const id: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'prompt_id') : undefined
    return typeof id === 'string' && id.isWellFormed() ? id : undefined
  } catch {
    // A file that is not JSON has no id; verify reports the directory.
    return undefined
  }
}
