import { wrongArgument } from '../base/misuse.js'
import { documentTime } from '../base/clock.js'
import { mapLimited } from '../base/map-limited.js'
import {
  booleanOption,
  choice,
  functionOption,
  integerOption,
  rejectUnknown,
  shown,
} from '../base/options.js'
import { checkLabelName } from '../versions/registry/label-name.js'
import { checkAll, type RegistryStorage } from '../versions/registry/registry-options.js'
import { keepOpenWhile } from '../versions/version-storage.js'
import { importPrompt, type CommitRules } from './commit-import.js'
import { checkRevision } from './git/list-changes.js'
import type { HistoryOptions } from './git/read-history.js'
import type { Item, VersionItem } from './item.js'
import type { ImportedItem } from './plan-import.js'
import { FORMATS, readItems, type Format } from './read-items.js'
import { promptStorage } from './stored-versions.js'

export interface ImportPromptsOptions {
  /** Where the prompts are stored: a storage of prompts with transactions. */
  readonly storage: RegistryStorage
  readonly format: Format
  /**
   * What is imported: for 'json' and 'dotprompt' files or directories, which are read with all below them; for 'git'
   * repositories; for 'langfuse' and 'promptfoo' files, or directories whose files are read.
   */
  readonly from: string | readonly string[]
  /** Of a repository: the branch, tag or commit that the history ends with. Default 'HEAD'. */
  readonly revision?: string | undefined
  /** Of a repository: patterns of the files that are prompts. Default: all `.json`, `.prompt` and `.txt`. */
  readonly patterns?: readonly string[] | undefined
  /** Whether a label that is at another version moves. Default false: it stays, which the report says. */
  readonly moveLabels?: boolean | undefined
  /** Labels that are never set. Default: none. */
  readonly protectedLabels?: readonly string[] | undefined
  /** Stores nothing, and reports what would become of each version. Default false. */
  readonly dryRun?: boolean | undefined
  /** How many prompts may be stored at once. 1 to 1024, default 64. */
  readonly concurrency?: number | undefined
  /** Ends the import early: commits under way complete, the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each prompt. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** The clock for versions whose format has no time (default: the system's). */
  readonly now?: (() => Date) | undefined
}

/** What an import has done. */
export interface ImportReport {
  /** In the order in which they were read. */
  readonly items: readonly ImportedItem[]
  readonly totals: Readonly<Record<ImportedItem['outcome'], number>>
}

const OPTIONS = [
  'storage',
  'format',
  'from',
  'revision',
  'patterns',
  'moveLabels',
  'protectedLabels',
  'dryRun',
  'concurrency',
  'signal',
  'onProgress',
  'now',
]

/**
 * Imports prompts from files of another program. A version that is stored already is recognised, so an import can be
 * repeated, also after it ended early. What does not fit is in the report, with its place and the reason; everything
 * else is imported. Versions of a prompt are committed in order, those that fit in one transaction together.
 *
 * @throws TypeError or RangeError for wrong options; InterchangeError for what cannot be read at all; StorageError of a
 * read or commit that failed: what was stored until then stays
 */
export async function importPrompts(options: ImportPromptsOptions): Promise<ImportReport> {
  rejectUnknown(options, OPTIONS, 'importPrompts')
  promptStorage(options?.storage)
  rulesOf(options)
  return await importItems(await collectItems(options), options)
}

/** Everything that is to be imported, in the order in which it is read. @throws as `importPrompts` */
export async function collectItems(
  options: Omit<ImportPromptsOptions, 'storage'>,
): Promise<readonly Item[]> {
  const format = choice(FORMATS)('format', options.format)
  const items: Item[] = []
  for await (const item of readItems(format, pathsOption(options.from), historyOptions(options))) {
    options.signal?.throwIfAborted()
    items.push(item)
  }
  return withoutTwins(items)
}

/** Imports what was collected. @throws as `importPrompts` */
export async function importItems(
  items: readonly Item[],
  options: Pick<ImportPromptsOptions, 'storage' | 'onProgress'> & RuleOptions,
): Promise<ImportReport> {
  const { concurrency, ...rules } = rulesOf(options)
  return await keepOpenWhile(promptStorage(options.storage), async (storage) => {
    const groups = [...groupsOf(items)]
    const results = new Map<Item, ImportedItem>()
    let done = 0
    const work = async ([promptId, versions]: (typeof groups)[number]): Promise<void> => {
      const imported = await importPrompt(storage, promptId, versions, rules)
      for (const [at, result] of imported.entries()) results.set(versions[at] as Item, result)
      options.onProgress?.(++done, groups.length)
    }
    await mapLimited(groups, concurrency, work, rules.signal)
    return reportOf(items, results)
  })
}

type RuleOptions = Pick<
  ImportPromptsOptions,
  'moveLabels' | 'protectedLabels' | 'dryRun' | 'concurrency' | 'signal' | 'now'
>

function rulesOf(options: RuleOptions): CommitRules & { readonly concurrency: number } {
  return {
    concurrency: integerOption('concurrency', options.concurrency, {
      min: 1,
      max: 1024,
      default: 64,
    }),
    moveLabels: booleanOption('moveLabels', options.moveLabels, false),
    protectedLabels: new Set(checkAll('protectedLabels', options.protectedLabels, checkLabelName)),
    dryRun: booleanOption('dryRun', options.dryRun, false),
    now: functionOption('now', options.now, documentTime),
    signal: options.signal,
  }
}

/** @throws TypeError for anything but paths */
function pathsOption(from: unknown): readonly string[] {
  const paths: unknown = typeof from === 'string' ? [from] : from
  const isPath = (path: unknown): boolean => typeof path === 'string' && path !== ''
  if (Array.isArray(paths) && paths.length > 0 && paths.every(isPath)) return paths as string[]
  throw wrongArgument(`Option "from" must be a path or a list of paths, got ${shown(from)}`)
}

function historyOptions({
  format,
  revision,
  patterns,
}: Omit<ImportPromptsOptions, 'storage'>): HistoryOptions {
  for (const [name, value] of Object.entries({ revision, patterns }))
    if (value !== undefined && format !== 'git')
      throw wrongArgument(`Option "${name}" is for the format 'git', got it for ${shown(format)}`)
  if (revision !== undefined) checkRevision(revision)
  if (patterns !== undefined) checkPatterns(patterns)
  return { revision: revision ?? 'HEAD', patterns }
}

function checkPatterns(patterns: unknown): void {
  const isPattern = (pattern: unknown): boolean => typeof pattern === 'string' && pattern !== ''
  if (Array.isArray(patterns) && patterns.length > 0 && patterns.every(isPattern)) return
  throw wrongArgument(`Option "patterns" must be a list of patterns, got ${shown(patterns)}`)
}

/** Of files that are one prompt only, a second one with the same id is refused. */
function withoutTwins(items: readonly Item[]): readonly Item[] {
  const places = new Map<string, string>()
  return items.map((item) => {
    const key = item.kind === 'version' ? keyOf(item) : undefined
    if (item.kind !== 'version' || key === undefined) return item
    const twin = places.get(key)
    if (twin === undefined) {
      places.set(key, item.place)
      return item
    }
    const reason = `${twin} has the same id, ${shown(item.promptId)}`
    return { kind: 'refused', place: item.place, reason }
  })
}

/** What only one item can be: undefined for a version that has a number. */
function keyOf({ promptId, version, draft }: VersionItem): string | undefined {
  if (version !== undefined) return undefined
  const { source } = (draft.metadata ?? {}) as { source?: { commit?: string } }
  return JSON.stringify([promptId, source?.commit])
}

function groupsOf(items: readonly Item[]): ReadonlyMap<string, readonly VersionItem[]> {
  const groups = new Map<string, VersionItem[]>()
  for (const item of items) {
    if (item.kind !== 'version') continue
    const group = groups.get(item.promptId)
    if (group === undefined) groups.set(item.promptId, [item])
    else group.push(item)
  }
  return groups
}

function reportOf(items: readonly Item[], results: ReadonlyMap<Item, ImportedItem>): ImportReport {
  const totals = { created: 0, unchanged: 0, skipped: 0, refused: 0 }
  const all = items.flatMap((item): ImportedItem[] => {
    if (item.kind === 'version') return [results.get(item) ?? []].flat()
    return [{ place: item.place, outcome: item.kind, reason: item.reason }]
  })
  for (const { outcome } of all) totals[outcome]++
  return { items: all, totals }
}
