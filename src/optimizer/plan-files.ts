import { mapLimited } from '../base/map-limited.js'
import type { Prompt } from '../versions/prompts/prompt.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type { WorkflowPrompt } from './extract-prompts.js'
import { offersPromptIds, type VersionStorage } from '../versions/version-storage.js'
import type { ReadSource, RefusedSource } from './read-sources.js'
import { WorkflowError } from './workflow-error.js'

/** A file, and the plan for each of its prompts. */
export interface PlannedFile extends ReadSource {
  readonly plans: readonly PlannedPrompt[]
}

export interface PlannedPrompt {
  readonly prompt: WorkflowPrompt
  readonly outcome: PromptOutcome
  /** The version that the prompt was compared with. */
  readonly latest: string | undefined
}

interface PlanOptions {
  /** How many prompts are read at once. */
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  readonly storage: VersionStorage<PromptVersion>
  /** Whether each file is treated as the app of its name in the storage without a check. */
  readonly sameApp?: boolean | undefined
}

/** The latest version of each prompt id. */
type Latest = ReadonlyMap<string, PromptVersion | undefined>
/** Stored prompts by the workflow's name. */
type Namesakes = ReadonlyMap<string | undefined, readonly Prompt[]>

const NONE: Namesakes = new Map()

/** All prompts are compared before anything is saved: a file is refused whole or imported whole. */
export async function planFiles(
  files: readonly (ReadSource | RefusedSource)[],
  options: PlanOptions,
): Promise<readonly (PlannedFile | RefusedSource)[]> {
  const read = files.flatMap((file) => ('refused' in file ? [] : file))
  const latest = await latestOf(
    read.flatMap(({ prompts }) => prompts.map(({ id }) => id)),
    options,
  )
  const namesakes = options.sameApp === true ? NONE : await namesakesOf(read, latest, options)
  return files.map((file) => {
    if ('refused' in file) return file
    try {
      const plans = file.prompts.map((prompt) => plan(prompt, latest, file.file))
      if (options.sameApp !== true) rejectOthersFile(file, storedOf(file, latest, namesakes))
      return { ...file, plans }
    } catch (error) {
      if (error instanceof WorkflowError) return { file: file.file, refused: error }
      throw error
    }
  })
}

function plan(prompt: WorkflowPrompt, latestById: Latest, file: string): PlannedPrompt {
  const latest = latestById.get(prompt.id)
  return { prompt, outcome: planPrompt(prompt, latest, file), latest: latest?.version }
}

async function latestOf(ids: readonly string[], options: PlanOptions): Promise<Latest> {
  return new Map(
    await mapLimited(
      ids,
      options.concurrency,
      async (id) => [id, await options.storage.getLatestVersion(id)] as const,
      options.signal,
    ),
  )
}

/** The stored prompts by which a file is recognised: those of its ids, else those of its workflow's name. */
function storedOf(file: ReadSource, latest: Latest, namesakes: Namesakes): readonly Prompt[] {
  const own = file.prompts.flatMap(({ id }) => latest.get(id)?.prompt ?? [])
  return own.length > 0 ? own : (namesakes.get(file.workflow) ?? [])
}

/** One recognised prompt is enough: all others of the app may have changed. */
function rejectOthersFile(file: ReadSource, stored: readonly Prompt[]): void {
  const [first] = stored
  if (first === undefined) return
  const byNode = grouped(stored, ({ node_id }) => node_id)
  const isKnown =
    stored.some((prompt) => isSameSource(prompt, file.file)) ||
    file.prompts.some((prompt) =>
      byNode.get(prompt.node_id)?.some((other) => isSameNode(prompt, other)),
    )
  if (!isKnown) throw otherApp(file.file, first)
}

/**
 * The stored prompts with the workflow names of the files of which no prompt is stored: those files are new, or of
 * another app, or have other nodes now. Empty if the storage cannot list its prompts.
 */
async function namesakesOf(
  files: readonly ReadSource[],
  latest: Latest,
  options: PlanOptions,
): Promise<Namesakes> {
  const { storage } = options
  const unknown = files.filter(
    ({ prompts }) => prompts.length > 0 && prompts.every(({ id }) => latest.get(id) === undefined),
  )
  if (unknown.length === 0 || !offersPromptIds(storage)) return NONE
  const names = new Set(unknown.map(({ workflow }) => workflow))
  const ids = (await storage.listPromptIds()).filter((id) => isOfOne(id, names))
  const stored = [...(await latestOf(ids, options)).values()].flatMap((v) => v?.prompt ?? [])
  return grouped(stored, ({ workflow_id }) => workflow_id)
}

/** Whether an id is `<name>_…` for one of the names, which may contain `_`, too. */
function isOfOne(id: string, names: ReadonlySet<string>): boolean {
  for (let at = id.indexOf('_'); at !== -1; at = id.indexOf('_', at + 1)) {
    if (names.has(id.slice(0, at))) return true
  }
  return false
}

function grouped(
  prompts: readonly Prompt[],
  by: (prompt: Prompt) => string | undefined,
): ReadonlyMap<string | undefined, readonly Prompt[]> {
  const groups = new Map<string | undefined, Prompt[]>()
  for (const prompt of prompts) {
    const group = groups.get(by(prompt))
    if (group === undefined) groups.set(by(prompt), [prompt])
    else group.push(prompt)
  }
  return groups
}

/** The outcome of an import for one prompt. */
export type PromptOutcome = 'created' | 'updated' | 'unchanged'

/**
 * Compares a prompt from a workflow with its latest stored version. Only text and role decide: a new title or another
 * model does not make a new version. The text of an older version that is not that of the latest one is a change. Pure.
 * Throws WorkflowError OPT-EXT-010 if the stored prompt belongs to another node or workflow.
 */
export function planPrompt(
  prompt: WorkflowPrompt,
  latest: PromptVersion | undefined,
  file: string,
): PromptOutcome {
  if (latest === undefined) return 'created'
  rejectForeign(prompt, latest, file)
  const same = latest.prompt.text === prompt.text && latest.prompt.role === prompt.role
  return same ? 'unchanged' : 'updated'
}

/** Ids are joined from two free names, so `a_b` + `c` and `a` + `b_c` collide: their histories must not mix. */
function rejectForeign(prompt: WorkflowPrompt, latest: PromptVersion, file: string): void {
  const stored = latest.prompt
  if (stored.workflow_id === prompt.workflow_id && stored.node_id === prompt.node_id) return
  throw new WorkflowError(
    'OPT-EXT-010',
    `${file} gives the prompt id ${prompt.id} to node ${prompt.node_id} of ${prompt.workflow_id}, ` +
      `but the store has it for node ${stored.node_id} of ${stored.workflow_id}`,
    { context: { file, prompt_id: prompt.id } },
  )
}

/** Standard input, whose prompts have no file to be recognised by. */
const NO_FILE = '-'

/**
 * Whether a prompt of a file and a stored one are of the same node of the same app. An exported app has no id, and names
 * are not unique, so this is true if the node id is the same and
 *
 * - the id was made by Dify's editor (a time in milliseconds, or a UUID), so other apps do not have it, or
 * - role and text are the stored ones, or
 * - the stored prompt does not say where it comes from, since it was imported before that was recorded.
 */
function isSameNode(prompt: WorkflowPrompt, stored: Prompt): boolean {
  if (prompt.node_id !== stored.node_id) return false
  if (isTelling(prompt.node_id) || stored.context['source_file'] === undefined) return true
  return prompt.text === stored.text && prompt.role === stored.role
}

/** Whether a stored prompt was imported from this file: the other way to recognise an app. */
function isSameSource(stored: Prompt, file: string): boolean {
  const source = stored.context['source_file']
  return typeof source === 'string' && file !== NO_FILE && isSamePath(source, file)
}

/** The part of a prompt's context that names its file. */
export function sourceContext(file: string): { readonly source_file?: string } {
  return file === NO_FILE ? {} : { source_file: slashed(file) }
}

/** @throws WorkflowError OPT-EXT-010 if a stored prompt is of another app than that of the file */
export function rejectOtherApp(prompt: WorkflowPrompt, stored: Prompt, file: string): void {
  if (!isSameNode(prompt, stored) && !isSameSource(stored, file)) throw otherApp(file, stored)
}

/** @returns WorkflowError OPT-EXT-010 with reason `other_app` */
function otherApp(file: string, stored: Prompt): WorkflowError {
  const workflow = stored.workflow_id
  return new WorkflowError(
    'OPT-EXT-010',
    `${file} is not recognised as the app "${workflow}" in the store, which has other prompts (such as ${stored.id}): ` +
      `import it under an id of its own (--workflow-id, option "workflowId"), or say that it is the same app ` +
      `(--same-app, option "sameApp")`,
    { context: { file, reason: 'other_app', workflow_id: workflow, prompt_id: stored.id } },
  )
}

function isTelling(nodeId: string): boolean {
  return /^\d{12,}/.test(nodeId) || /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(nodeId)
}

/** The two paths may start at different directories: then one ends with the other. */
function isSamePath(left: string, right: string): boolean {
  const [short, long] = [partsOf(left), partsOf(right)].sort((a, b) => a.length - b.length)
  return short !== undefined && long !== undefined && endsWith(long, short)
}

function partsOf(path: string): readonly string[] {
  return slashed(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
}

function endsWith(long: readonly string[], short: readonly string[]): boolean {
  return short.length > 0 && short.every((part, at) => part === long.at(at - short.length))
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}
