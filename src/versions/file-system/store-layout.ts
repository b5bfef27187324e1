import type { Change } from '../../engine/commit/transaction.js'
import { HEAD_FILE, historyName, PROMPT_FILE, TRASH_DIRECTORY } from '../../document/store-names.js'
import {
  decodePromptName,
  encodePromptId,
  isHashedName,
  isShardName,
  shardOf,
} from '../../document/prompt-id.js'
import {
  parseVersionFileName,
  STORED_VERSIONS,
  versionFileName,
} from '../../document/version-number.js'

/** How a store names its directories and files; fixed when the store is made, recorded in its metadata. */
export interface LayoutRules {
  /** The disk treats `A` and `a` as the same name. */
  readonly foldCase: boolean
  /** Hex digits of the shard directories' names; 0: no shards. */
  readonly shardDepth: number
}

/** What a path of the store means; the tag of an operation of this process. */
export interface VersionPlace {
  /** The directory of the prompt, shard included. */
  readonly directory: string
  /** Undefined for the hashed name of a long id, which is in the directory's id file. */
  readonly promptId: string | undefined
  readonly version: string
}

/** A place that was built from id and version. */
export interface KnownPlace extends VersionPlace {
  readonly promptId: string
}

/** The paths of the files of prompts and versions: only this class builds and parses them. */
export class StoreLayout {
  readonly rules: LayoutRules & typeof STORED_VERSIONS

  constructor(rules: LayoutRules) {
    this.rules = { ...rules, ...STORED_VERSIONS }
  }

  /** `<prompt>` or, with shards, `<shard>/<prompt>`. */
  promptDirectory(promptId: string): string {
    const name = encodePromptId(promptId, this.rules)
    const { shardDepth } = this.rules
    return shardDepth === 0 ? name : `${shardOf(promptId, shardDepth)}/${name}`
  }

  versionPath(promptId: string, version: string): string {
    return this.pathOf(this.placeOf(promptId, version))
  }

  placeOf(promptId: string, version: string): KnownPlace {
    return { directory: this.promptDirectory(promptId), promptId, version }
  }

  pathOf({ directory, version }: VersionPlace): string {
    return `${directory}/${versionFileName(version, this.rules)}`
  }

  /** The file that holds the id of a prompt whose name is hashed; undefined if the name is the id. */
  promptFile(promptId: string): string | undefined {
    return promptFileIn(this.promptDirectory(promptId))
  }

  /** What is kept of the prompt beside its versions. */
  headPath(promptId: string): string {
    return `${this.promptDirectory(promptId)}/${HEAD_FILE}`
  }

  /** A file with moves of the prompt's labels; they are numbered from 1. */
  historyPath(promptId: string, number: number): string {
    return `${this.promptDirectory(promptId)}/${historyName(number)}`
  }

  trashDirectory(promptId: string): string {
    return `${TRASH_DIRECTORY}/${encodePromptId(promptId, this.rules)}`
  }

  /** The place of a committed change. Only the writer tags operations; of all others, the path is parsed. */
  changedPlace({ path, tag }: Change): VersionPlace | undefined {
    return tag === undefined ? this.parseVersionPath(path) : (tag as VersionPlace)
  }

  /** Undefined for every path that is not a version of this store. */
  parseVersionPath(path: string): VersionPlace | undefined {
    const end = path.lastIndexOf('/')
    const directory = path.slice(0, Math.max(end, 0))
    const version = parseVersionFileName(path.slice(end + 1), this.rules)
    if (version === undefined || !this.isPromptDirectory(directory)) return undefined
    return { directory, promptId: this.promptIdOf(directory), version }
  }

  /** Whether a directory may be that of a prompt: at the right depth, with a name as the store writes it. */
  isPromptDirectory(directory: string): boolean {
    const parts = directory.split('/')
    const name = parts.at(-1) ?? ''
    if (parts.length !== (this.rules.shardDepth === 0 ? 1 : 2)) return false
    if (isHashedName(name)) return this.#isShard(parts)
    const promptId = decodePromptName(name, this.rules)
    return promptId !== undefined && this.promptDirectory(promptId) === directory
  }

  /** The id in a prompt directory's name; undefined for a hashed one. */
  promptIdOf(directory: string): string | undefined {
    return decodePromptName(lastPart(directory), this.rules)
  }

  #isShard(parts: readonly string[]): boolean {
    return parts.length === 1 || isShardName(parts[0] ?? '', this.rules.shardDepth)
  }
}

/** The file of `promptFile`, for the directory of a prompt. */
export function promptFileIn(directory: string): string | undefined {
  return isHashedName(lastPart(directory)) ? `${directory}/${PROMPT_FILE}` : undefined
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
