import { wrongArgument } from '../base/misuse.js'
import { codeOf } from '../base/values.js'
import { documentTime } from '../base/clock.js'
import { mapLimited } from '../base/map-limited.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { VersionManager } from '../versions/prompts/version-manager.js'
import { keepOpenWhile, type VersionStorage } from '../versions/version-storage.js'
import { booleanOption, stringOption } from '../base/options.js'
import { fileBytesMaxOption, type WorkflowOptions } from './dify-workflow.js'
import {
  rejectOtherApp,
  planFiles,
  type PlannedFile,
  type PlannedPrompt,
  planPrompt,
  type PromptOutcome,
} from './plan-files.js'
import type { NotImported } from './other-texts.js'
import { readSources, type RefusedSource, type WorkflowSource } from './read-sources.js'

export interface ImportOptions extends WorkflowOptions {
  readonly storage: VersionStorage<PromptVersion>
  /**
   * Replaces the app's name in the ids of the prompts of the single source: for a second app of a name that the store
   * has already.
   */
  readonly workflowId?: string | undefined
  /**
   * Treats each source as a new export of the app with its name in the storage, without a check. Default false: a
   * source that is not recognised is refused.
   */
  readonly sameApp?: boolean | undefined
  /** Saves nothing, and reports the outcome that each prompt would have; `version` is then the one stored now. */
  readonly dryRun?: boolean | undefined
  /** How many reads and saves may be under way at once (default 256). The storage flushes those that wait together. */
  readonly concurrency?: number
  /** Ends the import early: saves under way complete, the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after each save; `total` is the number of prompts to save, without unchanged ones. */
  readonly onProgress?: (done: number, total: number) => void
  /** The clock behind `extracted_at` (default: the system's). */
  readonly now?: () => Date
}

/** The outcome of one file. The numbers count prompts. */
export interface FileImport {
  readonly file: string
  /** The workflow's name; absent when the file could not be read as one. */
  readonly workflow?: string
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  /** Messages without text, which are not stored. */
  readonly skippedEmpty: number
  readonly prompts: readonly PromptImport[]
  /** The ids that the empty messages would have. */
  readonly empty: readonly string[]
  /** Nodes with texts other than messages of an LLM node: those texts are not imported. */
  readonly notImported: readonly NotImported[]
  /** The reason if nothing of this file was imported. */
  readonly refused?: string
}

export interface PromptImport {
  readonly prompt_id: string
  /** The version that now holds the text; in a dry run, the latest stored one, '' if there is none. */
  readonly version: string
  readonly outcome: PromptOutcome
}

const CONCURRENCY = 256

/**
 * Puts every prompt of the given Dify workflows under version control: a new prompt becomes 1.0.0, one whose text or
 * role differs from its latest version gets the next patch version, all others write nothing. The result has one entry
 * for each source, in their order; that of a refused file has the reason, and the rest is imported.
 *
 * Rejects with the storage's error when a read or save fails. What was saved until then stays, and repeating the import
 * completes it: a text that is stored already is unchanged, also after a save whose outcome was unknown. Closing the
 * storage waits for an import that was called before; `signal` ends it early.
 */
export async function importWorkflows(
  sources: readonly WorkflowSource[],
  options: ImportOptions,
): Promise<readonly FileImport[]> {
  if (typeof options !== 'object' || options === null || !('storage' in options))
    throw wrongArgument('importWorkflows needs options with a "storage"')
  const now = options.now ?? documentTime
  booleanOption('dryRun', options.dryRun, false)
  const { fileBytesMax, workflowId, sameApp } = checkOptions(options, sources)
  const read = readSources(sources, { extractedAt: now(), fileBytesMax, workflowId, sameApp })
  return await keepOpenWhile(
    options.storage,
    async (storage) => await importRead(read, { ...options, storage }, sameApp),
  )
}

async function importRead(
  read: ReturnType<typeof readSources>,
  options: ImportOptions,
  sameApp: ReturnType<typeof checkOptions>['sameApp'],
): Promise<readonly FileImport[]> {
  const planned = await planFiles(read, { ...limits(options), storage: options.storage, sameApp })
  const changes = options.dryRun === true ? [] : planned.flatMap(changesOf)
  const saved = await saveChanges(changes, options)
  return planned.map((file) => ('refused' in file ? refusedFile(file) : importedFile(file, saved)))
}

function checkOptions(
  { fileBytesMax, workflowId, sameApp }: ImportOptions,
  sources: readonly WorkflowSource[],
): Pick<ImportOptions, 'fileBytesMax' | 'workflowId' | 'sameApp'> {
  if (workflowId !== undefined) {
    stringOption('workflowId', workflowId)
    if (sources.length > 1)
      throw wrongArgument(`Option "workflowId" takes one source, got ${sources.length} of them`)
  }
  return {
    fileBytesMax: fileBytesMaxOption(fileBytesMax),
    workflowId,
    sameApp: booleanOption('sameApp', sameApp, false),
  }
}

interface Change extends PlannedPrompt {
  readonly file: string
}

function changesOf(file: PlannedFile | RefusedSource): readonly Change[] {
  if ('refused' in file) return []
  return file.plans
    .filter(({ outcome }) => outcome !== 'unchanged')
    .map((plan) => ({ ...plan, file: file.file }))
}

/** Returns the outcome of each change, by prompt id. */
async function saveChanges(
  changes: readonly Change[],
  options: ImportOptions,
): Promise<ReadonlyMap<string, PromptImport>> {
  const manager = new VersionManager({ storage: options.storage })
  let done = 0
  const save = async (change: Change): Promise<[string, PromptImport]> => {
    const imported = await saveChange(change, manager, options)
    done += 1
    options.onProgress?.(done, changes.length)
    return [change.prompt.id, imported]
  }
  const { concurrency, signal } = limits(options)
  return new Map(await mapLimited(changes, concurrency, save, signal))
}

/**
 * Saves one prompt. If another caller or process has saved a version since the comparison, it is compared again:
 * several imports of the same files at the same time make one version of each text.
 */
async function saveChange(
  change: Change,
  manager: VersionManager,
  options: ImportOptions,
): Promise<PromptImport> {
  const { prompt, outcome, latest } = change
  try {
    const expectedLatest = latest ?? null
    const { version } = await manager.createVersion({ prompt, bump: 'patch', expectedLatest })
    return { prompt_id: prompt.id, version, outcome }
  } catch (error) {
    if (codeOf(error) !== 'OPT-VER-001') throw error
    const other = await manager.getLatestVersion(prompt.id)
    // No other save was faster, so the index lacks whatever has the number: a retry cannot help.
    if (other?.version === latest) throw error
    const again = planPrompt(prompt, other, change.file)
    if (other !== undefined && options.sameApp !== true)
      rejectOtherApp(prompt, other.prompt, change.file)
    if (other !== undefined && again === 'unchanged') {
      return { prompt_id: prompt.id, version: other.version, outcome: again }
    }
    return await saveChange({ ...change, outcome: again, latest: other?.version }, manager, options)
  }
}

function limits(options: ImportOptions): { concurrency: number; signal: AbortSignal | undefined } {
  return { concurrency: options.concurrency ?? CONCURRENCY, signal: options.signal }
}

function importedFile(file: PlannedFile, saved: ReadonlyMap<string, PromptImport>): FileImport {
  const prompts = file.plans.map(({ prompt, outcome, latest }) => {
    return saved.get(prompt.id) ?? { prompt_id: prompt.id, version: latest ?? '', outcome }
  })
  const count = (outcome: PromptOutcome): number =>
    prompts.filter((imported) => imported.outcome === outcome).length
  return {
    file: file.file,
    workflow: file.workflow,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    skippedEmpty: file.empty.length,
    prompts,
    empty: file.empty.map(({ id }) => id),
    notImported: file.notImported,
  }
}

/** The entry of a file of which nothing was imported. */
export function refusedImport(file: string, reason: string): FileImport {
  return {
    file,
    created: 0,
    updated: 0,
    unchanged: 0,
    skippedEmpty: 0,
    prompts: [],
    empty: [],
    notImported: [],
    refused: reason,
  }
}

function refusedFile({ file, refused }: RefusedSource): FileImport {
  return refusedImport(file, refused.message)
}
