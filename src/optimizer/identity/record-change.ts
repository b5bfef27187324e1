import type { CarriedPrompt } from './carried-prompts.js'
import type { StoredWorkflow } from './known-workflows.js'
import type { KnownPrompt } from './match-prompts.js'
import type { ReadSource } from './read-sources.js'
import { sourceOf } from './recognise-workflow.js'
import { isSameRecord, type PromptEntry, type WorkflowRecord } from './workflow-record.js'

/** A new version of a workflow's document. */
export interface RecordChange {
  readonly record: WorkflowRecord
  /** The version that it was made from; undefined for a first one. */
  readonly latest: string | undefined
}

/** What became of the texts of a file. */
export interface Assigned {
  /** The prompt id of each text. */
  readonly ids: ReadonlyMap<CarriedPrompt, string>
  /** The texts that the store knew. */
  readonly pairs: ReadonlyMap<CarriedPrompt, KnownPrompt>
  readonly now: Date
  readonly appId?: string | undefined
  readonly marksGone: boolean
}

/** A workflow as the store has it; undefined if it is new. */
interface Before {
  readonly workflowId: string
  readonly workflow: StoredWorkflow | undefined
}

interface Changes {
  readonly change: RecordChange | undefined
  readonly gone: readonly string[]
  readonly back: readonly string[]
}

/** Most paths that a record keeps. */
const SOURCES_MAX = 50

/** How the document of a workflow changes by a file of it. Pure. */
export function recordChange(
  file: ReadSource,
  { workflowId, workflow }: Before,
  { ids, pairs, now, appId, marksGone }: Assigned,
): Changes {
  const before = workflow?.record
  const places = new Map(
    [...file.prompts, ...file.empty].map((prompt) => [ids.get(prompt), prompt] as const),
  )
  const known = (before?.prompts ?? []).map((entry): PromptEntry => {
    const prompt = places.get(entry.prompt_id)
    if (prompt !== undefined) return entryOf(prompt, entry.prompt_id)
    if (entry.gone_since !== undefined || !marksGone) return entry
    return { ...entry, gone_since: now.toISOString() }
  })
  const added = file.prompts
    .filter((prompt) => !pairs.has(prompt))
    .map((prompt) => entryOf(prompt, ids.get(prompt) ?? ''))
  const wasGone = new Set(idsWhere(before?.prompts ?? [], isGone))
  const record: WorkflowRecord = {
    format: 1,
    workflow_id: workflowId,
    app_name: file.dify.name,
    app_mode: file.dify.mode,
    app_id: appId ?? before?.app_id,
    sources: sourcesOf(before?.sources ?? [], file.file),
    prompts: [...known, ...added],
  }
  const isSame =
    workflow?.version !== undefined && before !== undefined && isSameRecord(before, record)
  const isEmpty = before === undefined && record.prompts.length === 0
  return {
    change: isSame || isEmpty ? undefined : { record, latest: workflow?.version },
    gone: idsWhere(known, isGone).filter((id) => !wasGone.has(id)),
    back: idsWhere(known, (entry) => !isGone(entry)).filter((id) => wasGone.has(id)),
  }
}

function isGone({ gone_since }: PromptEntry): boolean {
  return gone_since !== undefined
}

function idsWhere(
  entries: readonly PromptEntry[],
  is: (entry: PromptEntry) => boolean,
): readonly string[] {
  return entries.filter(is).map(({ prompt_id }) => prompt_id)
}

function entryOf(prompt: CarriedPrompt, prompt_id: string): PromptEntry {
  return {
    prompt_id,
    node_id: prompt.nodeId,
    node_type: prompt.nodeType,
    carrier: prompt.carrier,
    role: prompt.role,
    message_id: prompt.messageId,
    position: prompt.position,
  }
}

function sourcesOf(before: readonly string[], file: string): readonly string[] {
  const source = sourceOf(file)
  if (source === undefined || before.includes(source)) return before
  return [...before, source].slice(-SOURCES_MAX)
}
