import { wrongArgument } from '../../base/misuse.js'
import { codeOf } from '../../base/values.js'
import { documentTime } from '../../base/clock.js'
import { mapLimited } from '../../base/map-limited.js'
import type { JsonObject } from '../../document/json.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { VersionManager } from '../../versions/prompts/version-manager.js'
import { keepOpenWhile, type VersionStorage } from '../../versions/version-storage.js'
import { booleanOption, shown, stringOption } from '../../base/options.js'
import { fileBytesMaxOption, type WorkflowOptions } from '../dify-workflow.js'
import {
  planFiles,
  planPrompt,
  type PlanOptions,
  type PlannedFile,
  type PlannedPrompt,
} from './plan-files.js'
import { readSources, type RefusedSource, type WorkflowSource } from './read-sources.js'
import { reportOf, type FileImport, type PromptImport } from './file-import.js'
import { documentOf } from './workflow-record.js'

export interface ImportOptions extends WorkflowOptions {
  readonly storage: VersionStorage<PromptVersion>
  /**
   * What the single source is called in the store: the ids of its prompts begin with it, whatever the app's name is. For
   * an app that is known by another name, and for a second app of a name that the store has already.
   */
  readonly workflowId?: string | undefined
  /** The id that Dify has for the app of the single source: it is recognised by that. An export does not have it. */
  readonly appId?: string | undefined
  /** Whether texts for the app's user, such as answers and openings, are prompts, too. Default false. */
  readonly optionalTexts?: boolean | undefined
  /**
   * Treats each source as a new export of the app with its name in the storage, without a check. Default false: a
   * source that is not recognised is refused.
   */
  readonly sameApp?: boolean | undefined
  /**
   * Who made the versions: `metadata.author` of each prompt that is saved. Default 'baseline': the text that the file
   * has, which the optimizer did not make.
   */
  readonly author?: string | undefined
  /** What else is put into the metadata of each version of a prompt. Default: nothing. */
  readonly metadata?: JsonObject | undefined
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

const CONCURRENCY = 256

/**
 * Puts every prompt of the given Dify workflows under version control: a new prompt becomes 1.0.0, one whose text or
 * role differs from its latest version gets the next patch version, all others write nothing. The result has one entry
 * for each source, in their order; that of a refused file has the reason, and the rest is imported.
 *
 * Each workflow has a document beside its prompts, which says where it is from and which of its texts is which prompt.
 * By that, a prompt keeps its history when the app is renamed, when messages are added before it, and when its node is
 * made again. Two apps are never one workflow because of their name.
 *
 * Rejects with the storage's error when a read or save fails. What was saved until then stays, and repeating the import
 * completes it: a workflow's document is saved before its prompts, and a text that is stored already is unchanged, also
 * after a save whose outcome was unknown. Closing the storage waits for an import that was called before; `signal` ends
 * it early.
 */
export async function importWorkflows(
  sources: readonly WorkflowSource[],
  options: ImportOptions,
): Promise<readonly FileImport[]> {
  if (typeof options !== 'object' || options === null || !('storage' in options))
    throw wrongArgument('importWorkflows needs options with a "storage"')
  const now = options.now ?? documentTime
  booleanOption('dryRun', options.dryRun, false)
  const metadata = metadataOf(options)
  const checked = checkOptions(options, sources)
  const read = readSources(sources, checked)
  const { workflowId, appId, sameApp } = checked
  return await keepOpenWhile(options.storage, async (storage) => {
    const marksGone = !sameApp || sources.length === 1
    const plan = { storage, now: now(), workflowId, appId, sameApp, marksGone, ...limits(options) }
    return await importRead(read, plan, { ...options, metadata })
  })
}

async function importRead(
  read: ReturnType<typeof readSources>,
  plan: PlanOptions,
  options: ImportOptions,
): Promise<readonly FileImport[]> {
  const planned = await planFiles(read, plan)
  if (options.dryRun === true) return planned.map((file) => reportOf(file, new Map()))
  const { concurrency, signal } = plan
  const recorded = await mapLimited(
    planned,
    concurrency,
    async (file) => await saveRecord(file, plan),
    signal,
  )
  const saved = await saveChanges(recorded.flatMap(changesOf), plan, options)
  return recorded.map((file) => reportOf(file, saved))
}

interface CheckedOptions {
  readonly fileBytesMax: number
  readonly workflowId: string | undefined
  readonly appId: string | undefined
  readonly sameApp: boolean
  readonly optionalTexts: boolean
}

function checkOptions(
  { fileBytesMax, workflowId, appId, sameApp, optionalTexts }: ImportOptions,
  sources: readonly WorkflowSource[],
): CheckedOptions {
  for (const [name, value] of Object.entries({ workflowId, appId })) {
    if (value === undefined) continue
    stringOption(name, value)
    if (sources.length > 1)
      throw wrongArgument(`Option "${name}" takes one source, got ${sources.length} of them`)
  }
  return {
    fileBytesMax: fileBytesMaxOption(fileBytesMax),
    workflowId,
    appId,
    sameApp: booleanOption('sameApp', sameApp, false),
    optionalTexts: booleanOption('optionalTexts', optionalTexts, false),
  }
}

/** @throws TypeError that names the option */
function metadataOf({ author, metadata = {} }: ImportOptions): JsonObject {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw wrongArgument(`Option "metadata" must be an object, got ${shown(metadata)}`)
  return {
    ...metadata,
    ...(author === undefined ? {} : { author: stringOption('author', author) }),
  }
}

/**
 * Saves the document of a workflow, before its prompts: an import that ends in between, and is repeated, gives each text
 * the id that it has there. If another import has saved one since the comparison, the file is planned again.
 */
async function saveRecord(
  file: PlannedFile | RefusedSource,
  plan: PlanOptions,
): Promise<PlannedFile | RefusedSource> {
  if ('refused' in file || file.change === undefined) return file
  const { record, latest } = file.change
  try {
    await new VersionManager({ storage: plan.storage }).createVersion({
      prompt: documentOf(record),
      bump: 'patch',
      expectedLatest: latest ?? null,
      metadata: { author: 'import' },
    })
    return file
  } catch (error) {
    if (codeOf(error) !== 'OPT-VER-001') throw error
    const [again] = await planFiles([file], plan)
    if (again === undefined) throw error
    // Another save has not changed what is there, so the index lacks whatever has the number: a retry cannot help.
    if (!('refused' in again) && again.change !== undefined && again.change.latest === latest)
      throw error
    return await saveRecord(again, plan)
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
  plan: PlanOptions,
  options: ImportOptions,
): Promise<ReadonlyMap<string, PromptImport>> {
  const manager = new VersionManager({ storage: plan.storage })
  const { metadata = {} } = options
  let done = 0
  const save = async (change: Change): Promise<[string, PromptImport]> => {
    const imported = await saveChange(change, manager, metadata)
    done += 1
    options.onProgress?.(done, changes.length)
    return [change.prompt.id, imported]
  }
  const { concurrency, signal } = plan
  return new Map(await mapLimited(changes, concurrency, save, signal))
}

/**
 * Saves one prompt. If another caller or process has saved a version since the comparison, it is compared again:
 * several imports of the same files at the same time make one version of each text.
 */
async function saveChange(
  change: Change,
  manager: VersionManager,
  metadata: JsonObject,
): Promise<PromptImport> {
  const { prompt, outcome, latest } = change
  try {
    const expectedLatest = latest ?? null
    const { version } = await manager.createVersion({
      prompt,
      bump: 'patch',
      expectedLatest,
      metadata,
    })
    return { prompt_id: prompt.id, version, outcome }
  } catch (error) {
    if (codeOf(error) !== 'OPT-VER-001') throw error
    const other = await manager.getLatestVersion(prompt.id)
    // No other save was faster, so the index lacks whatever has the number: a retry cannot help.
    if (other?.version === latest) throw error
    const again = planPrompt(prompt, other, change.file, change.isKnown)
    if (other !== undefined && again === 'unchanged') {
      return { prompt_id: prompt.id, version: other.version, outcome: again }
    }
    return await saveChange(
      { ...change, outcome: again, latest: other?.version },
      manager,
      metadata,
    )
  }
}

function limits(options: ImportOptions): Pick<PlanOptions, 'concurrency' | 'signal'> {
  return { concurrency: options.concurrency ?? CONCURRENCY, signal: options.signal }
}
