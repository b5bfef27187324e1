import { mapLimited } from '../base/map-limited.js'
import type { Prompt, PromptVersion } from '../versions/prompts/prompt-version.js'
import { offersPromptIds, type VersionStorage } from '../versions/version-storage.js'
import { isSameNode, isSameSource, otherApp } from './app-identity.js'
import { planPrompt, type PromptOutcome } from './import-plan.js'
import type { ReadSource, RefusedSource } from './read-sources.js'
import { WorkflowError } from './workflow-error.js'

/** A file, and what is to be done with each of its prompts. */
export interface PlannedFile extends ReadSource {
  readonly plans: readonly PlannedPrompt[]
}

export interface PlannedPrompt {
  readonly prompt: Prompt
  readonly outcome: PromptOutcome
  /** The version that it was compared with. */
  readonly latest: string | undefined
}

export interface PlanOptions {
  /** How many prompts are asked for at once. */
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  readonly storage: VersionStorage<PromptVersion>
  /** Whether each file is taken for the app of its name in the storage without a look. */
  readonly sameApp?: boolean | undefined
}

/** The latest version of each prompt id. */
type Latest = ReadonlyMap<string, PromptVersion | undefined>
/** Stored prompts by the workflow's name. */
type Namesakes = ReadonlyMap<string, readonly Prompt[]>

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

function plan(prompt: Prompt, latestById: Latest, file: string): PlannedPrompt {
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

/** The stored prompts by which a file is known again: those of its ids, else those of its workflow's name. */
function storedOf(file: ReadSource, latest: Latest, namesakes: Namesakes): readonly Prompt[] {
  const own = file.prompts.flatMap(({ id }) => latest.get(id)?.prompt ?? [])
  return own.length > 0 ? own : (namesakes.get(file.workflow) ?? [])
}

/** One prompt that is known again is enough: an app may have changed in all others. */
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
 * The stored prompts of the workflows of those files of which no prompt is in the storage: they are new, or of another
 * app, or have other nodes now. A storage that does not know its prompts has none to tell.
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

/** Whether an id is `<name>_…` for one of the names, which may have `_` in them as well. */
function isOfOne(id: string, names: ReadonlySet<string>): boolean {
  for (let at = id.indexOf('_'); at !== -1; at = id.indexOf('_', at + 1)) {
    if (names.has(id.slice(0, at))) return true
  }
  return false
}

function grouped(
  prompts: readonly Prompt[],
  by: (prompt: Prompt) => string,
): ReadonlyMap<string, readonly Prompt[]> {
  const groups = new Map<string, Prompt[]>()
  for (const prompt of prompts) {
    const group = groups.get(by(prompt))
    if (group === undefined) groups.set(by(prompt), [prompt])
    else group.push(prompt)
  }
  return groups
}
