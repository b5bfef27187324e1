import type { Change } from '../../engine/commit/transaction.js'
import { HEAD_FILE, historyName, PROMPT_FILE, TRASH_DIRECTORY } from '../../document/store-names.js'
import {
  decodePromptName,
  encodePromptId,
  isHashedName,
  isShardName,
  SHARD_DEPTH_MAX,
  shardOf,
} from '../../document/prompt-id.js'
import { LabelMoves } from './label-moves.js'
import {
  splitForm,
  suffixOf,
  VERSION_FORMS,
  type VersionForm,
} from '../../document/version-form.js'
import {
  parseVersionFileName,
  STORED_VERSIONS,
  versionFileName,
  type VersionGrammar,
} from '../../document/version-number.js'

/** How a store names its directories and files: recorded in its mark. */
export interface LayoutRules {
  /** The disk treats `A` and `a` as the same name. */
  readonly foldCase: boolean
  /** Hex digits of the shard directories' names; 0: no shards. */
  readonly shardDepth: number
  /** While the store is resharded: the depth of the directories in which prompts may be, too. */
  readonly otherDepth?: number | undefined
  /** The forms in which versions may be stored, 'plain' first. Default: that one alone. */
  readonly forms?: readonly VersionForm[] | undefined
}

/** What a path of the store means; the tag of an operation of this process. */
export interface VersionPlace {
  /** The directory of the prompt, shard included. */
  readonly directory: string
  /** Undefined for the hashed name of a long id, which is in the directory's id file. */
  readonly promptId: string | undefined
  readonly version: string
  readonly form: VersionForm
}

/** A place that was built from id and version. */
export interface KnownPlace extends VersionPlace {
  readonly promptId: string
}

interface ResolvedRules extends LayoutRules, VersionGrammar {
  readonly forms: readonly VersionForm[]
}

/**
 * The paths of the files of prompts and versions: only this class builds and parses them.
 *
 * A version has one or more places, and is at exactly one of them. It is saved at the first. Later it may be moved to
 * another one: its file is compressed, or its prompt gets another directory. The rules change while the store is open,
 * when a program changes the mark.
 */
export class StoreLayout {
  #rules: ResolvedRules
  #changes = 0

  constructor(rules: LayoutRules) {
    this.#rules = resolved(rules)
  }

  get rules(): ResolvedRules {
    return this.#rules
  }

  /** How often the rules have changed. */
  get changes(): number {
    return this.#changes
  }

  /** Follows the mark. Names are never folded another way: that is fixed when the store is made. */
  update(rules: Omit<LayoutRules, 'foldCase'>): void {
    const { foldCase, shardDepth, otherDepth, forms } = this.#rules
    const next = resolved({ ...rules, foldCase })
    const isSame =
      next.shardDepth === shardDepth &&
      next.otherDepth === otherDepth &&
      next.forms.join() === forms.join()
    if (isSame) return
    this.#rules = next
    this.#changes++
  }

  /** The depths of the directories that prompts may be in; the first is that of new versions. */
  get depths(): readonly number[] {
    const { shardDepth, otherDepth } = this.#rules
    return otherDepth === undefined ? [shardDepth] : [shardDepth, otherDepth]
  }

  /** Whether every version has one place only: there is nothing to look for. */
  get hasOnePlace(): boolean {
    const { otherDepth, forms } = this.#rules
    return otherDepth === undefined && forms.length === 1
  }

  /** Where new files of a prompt go: `<prompt>` or, with shards, `<shard>/<prompt>`. */
  promptDirectory(promptId: string): string {
    return this.#directoryAt(promptId, this.#rules.shardDepth)
  }

  /** The directories in which files of a prompt may be, that of new ones first. */
  promptDirectories(promptId: string): readonly string[] {
    return this.depths.map((depth) => this.#directoryAt(promptId, depth))
  }

  /** The path that a version is saved at. */
  versionPath(promptId: string, version: string): string {
    return this.pathOf(this.placeOf(promptId, version))
  }

  /** The place that a version is saved at. */
  placeOf(promptId: string, version: string): KnownPlace {
    return { directory: this.promptDirectory(promptId), promptId, version, form: 'plain' }
  }

  /** Every place that a version may be at, the one that it is saved at first. */
  placesOf(promptId: string, version: string): readonly KnownPlace[] {
    if (this.hasOnePlace) return [this.placeOf(promptId, version)]
    return this.promptDirectories(promptId).flatMap((directory) =>
      this.#rules.forms.map((form) => ({ directory, promptId, version, form })),
    )
  }

  pathOf({ directory, version, form }: VersionPlace): string {
    return `${directory}/${versionFileName(version, this.#rules)}${suffixOf(form)}`
  }

  /** The file that holds the id of a prompt whose name is hashed; undefined if the name is the id. */
  promptFile(promptId: string): string | undefined {
    return promptFileIn(this.promptDirectory(promptId))
  }

  /** The files that may hold what is kept of the prompt beside its versions, that of a new one first. */
  headPaths(promptId: string): readonly string[] {
    return this.promptDirectories(promptId).map(headPathIn)
  }

  trashDirectory(promptId: string): string {
    return `${TRASH_DIRECTORY}/${encodePromptId(promptId, this.#rules)}`
  }

  /** Whether a path is inside one of the directories of a prompt. */
  isOfPrompt(promptId: string, path: string): boolean {
    return this.promptDirectories(promptId).some((directory) => path.startsWith(`${directory}/`))
  }

  /**
   * The place of a committed change. Only the writer tags operations; of all others, the path is parsed, by the names
   * of every layout and form: the mark may have changed since the commit, or before it.
   */
  changedPlace({ path, tag }: Change): VersionPlace | undefined {
    if (tag instanceof LabelMoves) return undefined
    return tag === undefined ? this.#parse(path, ALL_DEPTHS, VERSION_FORMS) : (tag as VersionPlace)
  }

  /** Undefined for every path that is not a version of this store. */
  parseVersionPath(path: string): VersionPlace | undefined {
    return this.#parse(path, this.depths, this.#rules.forms)
  }

  /** The version and the form that a name in the directory of a prompt stands for. */
  parseVersionName(
    name: string,
    forms: readonly VersionForm[] = this.#rules.forms,
  ): { readonly version: string; readonly form: VersionForm } | undefined {
    const { form, plain } = splitForm(name)
    if (!forms.includes(form)) return undefined
    const version = parseVersionFileName(plain, this.#rules)
    return version === undefined ? undefined : { version, form }
  }

  /** Whether a directory may be that of a prompt: at the right depth, with a name as the store writes it. */
  isPromptDirectory(directory: string): boolean {
    return this.#isPromptDirectory(directory, this.depths)
  }

  /** All directories of the prompt of a directory, as `promptDirectories`. */
  directoriesBeside(directory: string): readonly string[] {
    const promptId = this.promptIdOf(directory)
    if (promptId !== undefined) return this.promptDirectories(promptId)
    // The name of a long id is the hash that decides its shard, too.
    const name = promptNameOf(directory)
    return this.depths.map((depth) => (depth === 0 ? name : `${name.slice(1, 1 + depth)}/${name}`))
  }

  /** Whether a name is that of a directory of prompts. */
  isShard(name: string): boolean {
    return this.depths.some((depth) => depth > 0 && isShardName(name, depth))
  }

  /** The id in a prompt directory's name; undefined for a hashed one. */
  promptIdOf(directory: string): string | undefined {
    return decodePromptName(promptNameOf(directory), this.#rules)
  }

  #parse(
    path: string,
    depths: readonly number[],
    forms: readonly VersionForm[],
  ): VersionPlace | undefined {
    const end = path.lastIndexOf('/')
    const directory = path.slice(0, Math.max(end, 0))
    const named = this.parseVersionName(path.slice(end + 1), forms)
    if (named === undefined || !this.#isPromptDirectory(directory, depths)) return undefined
    return { directory, promptId: this.promptIdOf(directory), ...named }
  }

  #isPromptDirectory(directory: string, depths: readonly number[]): boolean {
    const [first = '', second, ...more] = directory.split('/')
    const depth = second === undefined ? 0 : first.length
    if (more.length > 0 || !depths.includes(depth)) return false
    const name = second ?? first
    if (isHashedName(name)) return depth === 0 || isShardName(first, depth)
    const promptId = decodePromptName(name, this.#rules)
    return promptId !== undefined && this.#directoryAt(promptId, depth) === directory
  }

  #directoryAt(promptId: string, depth: number): string {
    const name = encodePromptId(promptId, this.#rules)
    return depth === 0 ? name : `${shardOf(promptId, depth)}/${name}`
  }
}

const ALL_DEPTHS = Array.from({ length: SHARD_DEPTH_MAX + 1 }, (_, depth) => depth)

function resolved({
  foldCase,
  shardDepth,
  otherDepth,
  forms = ['plain'],
}: LayoutRules): ResolvedRules {
  return Object.freeze({ foldCase, shardDepth, otherDepth, forms, ...STORED_VERSIONS })
}

/** How the sharding of a store is spelled in messages. */
export function madeWith({
  shardDepth,
  otherDepth,
}: Pick<LayoutRules, 'shardDepth' | 'otherDepth'>): string {
  const made = shardDepth === 0 ? 'no sharding' : `sharding of depth ${shardDepth}`
  if (otherDepth === undefined) return made
  return `${made} and is being resharded (${madeWith({ shardDepth: otherDepth })} beside it)`
}

/** The name of a prompt in the path of its directory: it is the same in every shard. */
export function promptNameOf(directory: string): string {
  return directory.slice(directory.lastIndexOf('/') + 1)
}

/** The file of `promptFile`, for the directory of a prompt. */
export function promptFileIn(directory: string): string | undefined {
  return isHashedName(promptNameOf(directory)) ? `${directory}/${PROMPT_FILE}` : undefined
}

/** What is kept of a prompt beside its versions. */
export function headPathIn(directory: string): string {
  return `${directory}/${HEAD_FILE}`
}

/** A file with moves of the prompt's labels; they are numbered from 1. */
export function historyPathIn(directory: string, number: number): string {
  return `${directory}/${historyName(number)}`
}
