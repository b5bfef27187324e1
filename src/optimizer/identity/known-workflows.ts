import { mapLimited } from '../../base/map-limited.js'
import type { Prompt } from '../../versions/prompts/prompt.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { offersPromptIds, type VersionStorage } from '../../versions/version-storage.js'
import type { KnownPrompt } from './match-prompts.js'
import { defaultPromptId } from './prompt-ids.js'
import type { ReadSource } from './read-sources.js'
import type { KnownWorkflow } from './recognise-workflow.js'
import { WorkflowIndex } from './workflow-index.js'
import {
  isWorkflowDocumentId,
  recordOf,
  workflowDocumentId,
  type PromptEntry,
  type StoredRecord,
  type WorkflowRecord,
} from './workflow-record.js'

/** How a store is read. */
export interface StoreOptions {
  readonly storage: VersionStorage<PromptVersion>
  /** How many documents are read at once. */
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  /** What the caller calls the single workflow. */
  readonly workflowId?: string | undefined
  /** The id that Dify has for the app of the single workflow. */
  readonly appId?: string | undefined
}

/** A workflow of the store, and the version of its record. */
export interface StoredWorkflow extends KnownWorkflow {
  readonly version: string | undefined
}

/** The workflows that a store knows, as far as some files need them, and the latest versions of their prompts. */
export class KnownWorkflows {
  readonly #options: StoreOptions
  readonly #workflows = new WorkflowIndex<StoredWorkflow>()
  readonly #latest = new Map<string, PromptVersion | undefined>()

  private constructor(options: StoreOptions) {
    this.#options = options
  }

  /**
   * Reads what is needed to recognise the files: the records of all workflows, the prompts of those that may be meant,
   * and the prompts that the first release imported, which have no record.
   */
  static async load(files: readonly ReadSource[], options: StoreOptions): Promise<KnownWorkflows> {
    const known = new KnownWorkflows(options)
    const { storage, workflowId } = options
    const names = new Set(files.map(({ dify }) => workflowId ?? dify.name))
    const ids = offersPromptIds(storage)
      ? await storage.listPromptIds({ records: true })
      : undefined
    const records = await known.#readRecords(
      ids?.filter(isWorkflowDocumentId) ?? [...names].map(workflowDocumentId),
    )
    for (const { record, version } of records) known.put({ record, version, prompts: [] })
    const meant = new Set(files.flatMap((file) => known.candidates(file)))
    await known.readLatest([...meant].flatMap(({ record }) => idsOf(record)))
    for (const { record, version } of records)
      known.put({ record, version, prompts: known.#withTexts(record) })
    await known.#addUnrecorded(files, names, ids)
    return known
  }

  /** The workflows that a file may be of. */
  candidates({ file, dify, prompts, empty }: ReadSource): readonly StoredWorkflow[] {
    const { workflowId, appId } = this.#options
    const texts = [...prompts, ...empty]
    return this.#workflows.candidates({
      file,
      appName: dify.name,
      workflowId,
      appId,
      prompts: texts,
    })
  }

  /** Puts the state of a workflow as it will be: the files after it are compared with that. */
  put(workflow: StoredWorkflow): void {
    this.#workflows.put(workflow)
  }

  /** The latest version of a prompt that was read. */
  latestOf(promptId: string): PromptVersion | undefined {
    return this.#latest.get(promptId)
  }

  /** Reads the latest versions of prompts that were not read yet. */
  async readLatest(promptIds: readonly string[]): Promise<void> {
    const missing = [...new Set(promptIds)].filter((id) => !this.#latest.has(id))
    const read = async (id: string): Promise<void> => {
      this.#latest.set(id, await this.#options.storage.getLatestVersion(id))
    }
    await mapLimited(missing, this.#options.concurrency, read, this.#options.signal)
  }

  async #readRecords(ids: readonly string[]): Promise<readonly StoredRecord[]> {
    const { storage, concurrency, signal } = this.#options
    const read = async (id: string): Promise<PromptVersion | undefined> =>
      await storage.getLatestVersion(id)
    const documents = await mapLimited(ids, concurrency, read, signal)
    return documents.flatMap((document) =>
      document === undefined ? [] : [{ record: recordOf(document), version: document.version }],
    )
  }

  #withTexts(record: WorkflowRecord): readonly KnownPrompt[] {
    return record.prompts.map((entry) => ({
      entry,
      text: this.latestOf(entry.prompt_id)?.prompt.text,
    }))
  }

  /** Adds the workflows that the first release imported, as the records that they would have. */
  async #addUnrecorded(
    files: readonly ReadSource[],
    names: ReadonlySet<string>,
    ids: readonly string[] | undefined,
  ): Promise<void> {
    const recorded = new Set(this.#workflows.all.flatMap(({ record }) => idsOf(record)))
    const free = (id: string): boolean => !recorded.has(id) && !isWorkflowDocumentId(id)
    const nodes = new Set(files.flatMap(({ prompts }) => prompts.map(({ nodeId }) => nodeId)))
    const wanted =
      ids?.filter((id) => free(id) && (isOfOne(id, names) || hasNode(id, nodes))) ??
      files.flatMap((file) => this.#defaultIdsOf(file)).filter(free)
    await this.readLatest(wanted)
    const owners = new Set(wanted.flatMap((id) => this.latestOf(id)?.prompt.workflow_id ?? []))
    const others = ids?.filter((id) => free(id) && isOfOne(id, owners)) ?? []
    await this.readLatest(others)
    const prompts = [...new Set([...wanted, ...others])].flatMap(
      (id) => this.latestOf(id)?.prompt ?? [],
    )
    for (const workflowId of owners) {
      if (this.#workflows.get(workflowId) !== undefined) continue
      const own = prompts.filter((prompt) => prompt.workflow_id === workflowId)
      const record = unrecorded(workflowId, own)
      this.put({ record, version: undefined, prompts: this.#withTexts(record) })
    }
  }

  #defaultIdsOf({ dify, prompts }: ReadSource): readonly string[] {
    const name = this.#options.workflowId ?? dify.name
    return prompts.map(({ carried }) => defaultPromptId(name, carried))
  }
}

function idsOf(record: WorkflowRecord): readonly string[] {
  return record.prompts.map(({ prompt_id }) => prompt_id)
}

/** Whether an id is `<name>_…` for one of the names, which may contain `_`, too. */
function isOfOne(id: string, names: ReadonlySet<string>): boolean {
  for (let at = id.indexOf('_'); at !== -1; at = id.indexOf('_', at + 1)) {
    if (names.has(id.slice(0, at))) return true
  }
  return false
}

/** Whether an id is `<any name>_<node>`, `…_<index>` or `…_query` for one of the nodes. */
function hasNode(id: string, nodes: ReadonlySet<string>): boolean {
  const end = id.replace(/_(?:\d+|query)$/, '')
  for (let at = id.indexOf('_'); at !== -1; at = id.indexOf('_', at + 1)) {
    if (nodes.has(id.slice(at + 1)) || nodes.has(end.slice(at + 1))) return true
  }
  return false
}

/** The record that the prompts of a workflow would have. The first release imported messages of LLM nodes only. */
function unrecorded(workflowId: string, prompts: readonly Prompt[]): WorkflowRecord {
  const sources = prompts.flatMap(({ context }) => {
    const source = context['source_file']
    return typeof source === 'string' ? [source] : []
  })
  return {
    format: 1,
    workflow_id: workflowId,
    app_name: workflowId,
    sources: prompts.some(({ context }) => context['source_file'] === undefined)
      ? []
      : [...new Set(sources)],
    prompts: prompts.flatMap(entryOf),
  }
}

function entryOf({ id, node_id, node_type, role, context }: Prompt): readonly PromptEntry[] {
  if (node_id === undefined) return []
  const index = context['message_index']
  return [
    {
      prompt_id: id,
      node_id,
      node_type: node_type ?? 'llm',
      carrier: context['message_field'] === undefined ? 'llm.chat' : 'llm.memory_query',
      ...(role === undefined ? {} : { role }),
      position: typeof index === 'number' ? index : indexOf(id),
    },
  ]
}

/** Prompts of the very first releases do not say the index of their message; the id does. */
function indexOf(id: string): number {
  const [, index = '0'] = /_(\d{1,3})$/.exec(id) ?? []
  return Number(index)
}
