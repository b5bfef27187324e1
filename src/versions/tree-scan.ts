import { TextDecoder, TextEncoder } from 'node:util'
import type { DirectoryEntry } from '../disk/disk.js'
import type { StoreFiles } from '../engine/coded-files.js'
import { mapLimited } from '../disk/map-limited.js'
import { MARK_BYTES_MAX } from '../document/file-limits.js'
import { PROMPT_FILE } from '../document/layout.js'
import { isHashedName } from '../document/prompt-id.js'
import { isShardName } from '../document/shard.js'
import { parseVersionFileName } from '../document/version-number.js'
import type { StoreLayout } from './store-layout.js'

/** A prompt as its directory shows it. */
export interface ScannedPrompt {
  readonly promptId: string
  readonly directory: string
  readonly versions: readonly string[]
  readonly modifiedMs: number
}

/** A directory that may be a prompt's. */
export interface PromptDirectory {
  readonly directory: string
  readonly modifiedMs: number
}

/** So many directories are asked at a time. */
const SCAN_CONCURRENCY = 16

/** The directories that are prompts' by their names. */
export async function findPromptDirectories(
  volume: StoreFiles,
  layout: StoreLayout,
): Promise<PromptDirectory[]> {
  const { shardDepth } = layout.rules
  const top = directoriesOf(await volume.list(''))
  if (shardDepth === 0)
    return top.map(asPrompt('')).filter((found) => layout.isPromptDirectory(found.directory))
  const shards = top.filter((entry) => isShardName(entry.name, shardDepth))
  const found = await mapLimited(shards, SCAN_CONCURRENCY, async (shard) =>
    directoriesOf(await volume.list(shard.name)).map(asPrompt(`${shard.name}/`)),
  )
  return found.flat().filter(({ directory }) => layout.isPromptDirectory(directory))
}

function directoriesOf(entries: readonly DirectoryEntry[] | undefined): readonly DirectoryEntry[] {
  return (entries ?? []).filter((entry) => entry.kind === 'directory')
}

function asPrompt(parent: string): (entry: DirectoryEntry) => PromptDirectory {
  return ({ name, modifiedMs }) => ({ directory: parent + name, modifiedMs })
}

/** Reads directories; those without a version, or whose id cannot be told, are left out. */
export async function scanPrompts(
  volume: StoreFiles,
  layout: StoreLayout,
  directories: readonly PromptDirectory[],
): Promise<ScannedPrompt[]> {
  const scanned = await mapLimited(
    directories,
    SCAN_CONCURRENCY,
    async (found) => await scanPrompt(volume, layout, found),
  )
  return scanned.filter((prompt) => prompt !== undefined)
}

export async function scanPrompt(
  volume: StoreFiles,
  layout: StoreLayout,
  { directory, modifiedMs }: PromptDirectory,
): Promise<ScannedPrompt | undefined> {
  const entries = (await volume.list(directory)) ?? []
  const versions = entries
    .filter((entry) => entry.kind === 'file')
    .map((entry) => parseVersionFileName(entry.name, layout.rules))
    .filter((version) => version !== undefined)
  if (versions.length === 0) return undefined
  const promptId = await readPromptId(volume, layout, directory)
  return promptId === undefined ? undefined : { promptId, directory, versions, modifiedMs }
}

/** The id of a prompt's directory: in its name or, for a hashed name, in the file beside the versions. */
export async function readPromptId(
  volume: StoreFiles,
  layout: StoreLayout,
  directory: string,
): Promise<string | undefined> {
  if (!isHashedName(directory.slice(directory.lastIndexOf('/') + 1)))
    return layout.promptIdOf(directory)
  const bytes = await volume.read(`${directory}/${PROMPT_FILE}`, MARK_BYTES_MAX)
  const promptId = bytes && parsePromptFile(bytes)
  return promptId !== undefined && layout.promptDirectory(promptId) === directory
    ? promptId
    : undefined
}

export function encodePromptFile(promptId: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ prompt_id: promptId }, null, 2)}\n`)
}

/** The id in a prompt's file; undefined when it names nobody. */
export function parsePromptFile(bytes: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const id: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'prompt_id') : undefined
    return typeof id === 'string' && id.isWellFormed() ? id : undefined
  } catch {
    // A file that says nothing names nobody; verify reports the directory.
    return undefined
  }
}
