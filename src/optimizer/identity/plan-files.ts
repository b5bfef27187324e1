import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import type { EmptyMessage, WorkflowPrompt } from '../extract-prompts.js'
import { WorkflowError } from '../workflow-error.js'
import { workflowPrompt, type CarriedPrompt } from './carried-prompts.js'
import { KnownWorkflows, type StoredWorkflow, type StoreOptions } from './known-workflows.js'
import { matchPrompts, type KnownPrompt } from './match-prompts.js'
import { defaultPromptId, freePromptId } from './prompt-ids.js'
import type { ReadSource, RefusedSource } from './read-sources.js'
import { recordChange, type RecordChange } from './record-change.js'
import { recogniseWorkflow, sourceOf, type RecognisedBy } from './recognise-workflow.js'
import { checkStorable, otherApp, sameName, sharedIds } from './refusals.js'

/** A file, and the plan for each of its prompts. */
export interface PlannedFile extends ReadSource {
  readonly workflowId: string
  /** How the workflow was recognised; undefined for a new one. */
  readonly recognisedBy: RecognisedBy | undefined
  /** A workflow of the store with some of the same nodes, if this one is new. */
  readonly resembles: string | undefined
  readonly plans: readonly PlannedPrompt[]
  readonly emptyMessages: readonly EmptyMessage[]
  /** Prompts that the workflow had until now. */
  readonly gone: readonly string[]
  /** Prompts that were gone. */
  readonly back: readonly string[]
  /** The workflow's document as it will be; undefined where it stays as it is. */
  readonly change: RecordChange | undefined
}

export interface PlannedPrompt {
  readonly prompt: WorkflowPrompt
  readonly outcome: PromptOutcome
  /** Whether the store knew the prompt as one of this workflow. */
  readonly isKnown: boolean
  /** The version that the prompt was compared with. */
  readonly latest: string | undefined
}

export interface PlanOptions extends StoreOptions {
  readonly now: Date
  /** Whether each file is the app of its name in the store. */
  readonly sameApp: boolean
  /** Whether a prompt that is not in the file is gone: not so where several files may be of one app. */
  readonly marksGone: boolean
}

/** The outcome of an import for one prompt. */
export type PromptOutcome = 'created' | 'updated' | 'unchanged'

/** All prompts are compared before anything is saved: a file is refused whole or imported whole. */
export async function planFiles(
  files: readonly (ReadSource | RefusedSource)[],
  options: PlanOptions,
): Promise<readonly (PlannedFile | RefusedSource)[]> {
  const read = files.filter((file): file is ReadSource => !('refused' in file))
  const planner = new Planner(await KnownWorkflows.load(read, options), options)
  const planned: (PlannedFile | RefusedSource)[] = []
  for (const file of files)
    planned.push('refused' in file ? file : await planner.planOrRefuse(file))
  return planned
}

class Planner {
  readonly #known: KnownWorkflows
  readonly #options: PlanOptions
  /** The file of this import that has a workflow, or a prompt. */
  readonly #owners = new Map<string, string>()
  readonly #promptOwners = new Map<string, string>()

  constructor(known: KnownWorkflows, options: PlanOptions) {
    this.#known = known
    this.#options = options
  }

  async planOrRefuse(file: ReadSource): Promise<PlannedFile | RefusedSource> {
    try {
      return await this.#plan(file)
    } catch (error) {
      if (error instanceof WorkflowError) return { file: file.file, refused: error }
      throw error
    }
  }

  async #plan(file: ReadSource): Promise<PlannedFile> {
    const found = this.#recognise(file)
    const { workflowId, workflow } = found
    const texts = [...file.prompts, ...file.empty]
    const pairs = matchPrompts(workflow?.prompts ?? [], texts)
    const ids = assignIds(file, workflowId, pairs, workflow)
    const made = file.prompts.map((prompt) => this.#make(prompt, file, workflowId, ids))
    await this.#known.readLatest(made.map(({ id }) => id))
    const isKnown = new Set([...pairs.keys()].map((prompt) => ids.get(prompt)))
    const plans = made.map((prompt) => this.#compare(prompt, file.file, isKnown.has(prompt.id)))
    const planned: PlannedFile = {
      ...file,
      workflowId,
      recognisedBy: found.recognisedBy,
      resembles: found.resembles,
      plans,
      emptyMessages: file.empty.map((prompt) => ({
        id: ids.get(prompt) ?? '',
        node_id: prompt.nodeId,
        role: prompt.role,
      })),
      ...recordChange(file, found, { ids, pairs, ...this.#options }),
    }
    this.#own(planned, texts)
    return planned
  }

  #recognise(file: ReadSource): Recognised {
    const { workflowId, appId, sameApp } = this.#options
    const { name } = file.dify
    const prompts = [...file.prompts, ...file.empty]
    const given = { file: file.file, appName: name, workflowId, appId, prompts }
    const recognition = recogniseWorkflow(given, this.#known.candidates(file), sameApp)
    if (recognition.kind === 'new') {
      const { resembles } = recognition
      return {
        workflowId: recognition.workflowId,
        recognisedBy: undefined,
        resembles,
        workflow: undefined,
      }
    }
    const workflow = recognition.workflow as StoredWorkflow
    const id = workflow.record.workflow_id
    if (recognition.kind === 'unclear') {
      if (prompts.length === 0)
        return {
          workflowId: name,
          recognisedBy: undefined,
          resembles: undefined,
          workflow: undefined,
        }
      throw this.#unclear(file, workflow)
    }
    return { workflowId: id, recognisedBy: recognition.by, resembles: undefined, workflow }
  }

  #unclear(file: ReadSource, workflow: StoredWorkflow): WorkflowError {
    const id = workflow.record.workflow_id
    const owner = this.#owners.get(id)
    if (owner === undefined) return otherApp(file.file, workflow, this.#options.workflowId)
    const taken = file.prompts
      .map(({ carried }) => defaultPromptId(id, carried))
      .find((each) => this.#promptOwners.has(each))
    return taken === undefined ? sameName(file, owner) : sharedIds(file, owner, taken)
  }

  /** @throws WorkflowError OPT-EXT-010 for a text that cannot be stored */
  #make(
    prompt: CarriedPrompt,
    file: ReadSource,
    workflowId: string,
    ids: ReadonlyMap<CarriedPrompt, string>,
  ): WorkflowPrompt {
    const made = workflowPrompt(prompt, file.dify, {
      id: ids.get(prompt) ?? '',
      workflowId,
      extractedAt: this.#options.now.toISOString(),
      source: sourceOf(file.file),
    })
    checkStorable(made, file.file)
    return made
  }

  #compare(prompt: WorkflowPrompt, file: string, isKnown: boolean): PlannedPrompt {
    const latest = this.#known.latestOf(prompt.id)
    const outcome = planPrompt(prompt, latest, file, isKnown)
    return { prompt, outcome, isKnown, latest: latest?.version }
  }

  /** A file of this import has the workflow and its prompts from now on. */
  #own(planned: PlannedFile, texts: readonly CarriedPrompt[]): void {
    const ids = [
      ...planned.plans.map(({ prompt }) => prompt.id),
      ...planned.emptyMessages.map(({ id }) => id),
    ]
    const taken = ids.find((id) => this.#promptOwners.has(id))
    const other = taken === undefined ? undefined : this.#promptOwners.get(taken)
    if (taken !== undefined && other !== undefined) throw sharedIds(planned, other, taken)
    if (texts.length === 0) return
    const owner = this.#owners.get(planned.workflowId)
    if (owner !== undefined && !this.#options.sameApp) throw sameName(planned, owner)
    for (const id of ids) this.#promptOwners.set(id, planned.file)
    this.#owners.set(planned.workflowId, planned.file)
    if (planned.change === undefined) return
    const textOf = new Map(planned.plans.map(({ prompt }) => [prompt.id, prompt.text]))
    this.#known.put({
      record: planned.change.record,
      version: planned.change.latest,
      prompts: planned.change.record.prompts.map((entry) => ({
        entry,
        text: textOf.get(entry.prompt_id) ?? this.#known.latestOf(entry.prompt_id)?.prompt.text,
      })),
    })
  }
}

/** What a file was recognised as. */
export interface Recognised {
  readonly workflowId: string
  readonly recognisedBy: RecognisedBy | undefined
  readonly resembles: string | undefined
  readonly workflow: StoredWorkflow | undefined
}

/** The id of each text: that of the prompt that it is, else a free one. */
function assignIds(
  file: ReadSource,
  workflowId: string,
  pairs: ReadonlyMap<CarriedPrompt, KnownPrompt>,
  workflow: StoredWorkflow | undefined,
): ReadonlyMap<CarriedPrompt, string> {
  const taken = new Set(workflow?.record.prompts.map(({ prompt_id }) => prompt_id))
  const ids = new Map<CarriedPrompt, string>()
  for (const [prompt, { entry }] of pairs) ids.set(prompt, entry.prompt_id)
  // Texts first: an empty message takes no id of theirs.
  for (const prompt of [...file.prompts, ...file.empty]) {
    if (ids.has(prompt)) continue
    const id = freePromptId(workflowId, prompt.carried, (each) => taken.has(each))
    taken.add(id)
    ids.set(prompt, id)
  }
  return ids
}

/**
 * Compares a prompt from a workflow with its latest stored version. Only text and role decide: a new title or another
 * model does not make a new version. The text of an older version that is not that of the latest one is a change. Pure.
 * Throws WorkflowError OPT-EXT-010 if the stored prompt belongs to another node or workflow.
 *
 * @param isKnown whether the workflow's record has the prompt, wherever it was before
 */
export function planPrompt(
  prompt: WorkflowPrompt,
  latest: PromptVersion | undefined,
  file: string,
  isKnown = false,
): PromptOutcome {
  if (latest === undefined) return 'created'
  if (!isKnown) rejectForeign(prompt, latest, file)
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
