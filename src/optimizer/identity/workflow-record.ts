import { hash } from 'node:crypto'
import { z } from 'zod'
import { jsonObjectSchema } from '../../document/fields.js'
import { isRecordId, PROMPT_ID_BYTES_MAX, recordIdOf } from '../../document/prompt-id.js'
import type { PromptInput } from '../../versions/prompts/prompt.js'
import type { PromptVersion } from '../../versions/prompts/prompt-version.js'
import { WorkflowError } from '../workflow-error.js'

/** What makes a text of a workflow the one that a prompt of the store is. */
export interface PromptEntry {
  readonly prompt_id: string
  /** '' for a text of the app as a whole. */
  readonly node_id: string
  readonly node_type: string
  /** What carries the text, such as `llm.chat`. */
  readonly carrier: string
  readonly role?: string | undefined
  /** The own id of the message or class, or the name of the parameter. */
  readonly message_id?: string | undefined
  /** Its index in its list; 0 if it is not in one. */
  readonly position: number
  /** Since when the workflow does not have the text any more. ISO 8601, UTC. */
  readonly gone_since?: string | undefined
}

/** The document of a workflow in a store: where it is from, and which of its texts is which prompt. */
export interface WorkflowRecord {
  readonly format: 1
  /** What the ids of its prompts begin with: the user's name for it, else the name that the app had at first. */
  readonly workflow_id: string
  /** The name that the app has now. */
  readonly app_name: string
  readonly app_mode?: string | undefined
  /** The id that Dify has for the app. An exported file does not have it. */
  readonly app_id?: string | undefined
  /** The files that it was imported from, the latest last, with `/` between the parts of a path. */
  readonly sources: readonly string[]
  readonly prompts: readonly PromptEntry[]
}

/** A record, and the version that it has in the store; undefined for one that is not stored yet. */
export interface StoredRecord {
  readonly record: WorkflowRecord
  readonly version: string | undefined
}

const KIND = 'workflow'
const FORMAT = 1

const entrySchema: z.ZodType<PromptEntry> = z.object({
  prompt_id: z.string(),
  node_id: z.string(),
  node_type: z.string(),
  carrier: z.string(),
  role: z.string().optional(),
  message_id: z.string().optional(),
  position: z.int().min(0),
  gone_since: z.string().optional(),
})

/** Fields that a later version adds are ignored; one that changes a meaning raises `format`. */
const recordSchema: z.ZodType<WorkflowRecord> = z.object({
  format: z.literal(FORMAT),
  workflow_id: z.string(),
  app_name: z.string(),
  app_mode: z.string().optional(),
  app_id: z.string().optional(),
  sources: z.array(z.string()),
  prompts: z.array(entrySchema),
})

/**
 * The id of a workflow's document. It has no `_`, which the id of every imported prompt has, so that it is never one of
 * those, and programs of the first release do not take it into account.
 */
export function workflowDocumentId(workflowId: string): string {
  const id = recordIdOf(KIND, workflowId.replaceAll('%', '%25').replaceAll('_', '%5F'))
  return Buffer.byteLength(id) <= PROMPT_ID_BYTES_MAX
    ? id
    : recordIdOf(KIND, `~${hash('sha256', workflowId)}`)
}

/** Whether a document of the store is that of a workflow. */
export function isWorkflowDocumentId(id: string): boolean {
  return isRecordId(id, KIND)
}

/** The document of a record, as a version of it is saved. */
export function documentOf(record: WorkflowRecord): PromptInput {
  const { context } = z
    .object({ context: jsonObjectSchema })
    .parse({ context: { [KIND]: withoutUndefined(record) } })
  return {
    id: workflowDocumentId(record.workflow_id),
    text: `What Holdfast knows about the workflow "${record.workflow_id}": where it is from, and which of its texts is which prompt.`,
    context,
  }
}

/** @throws WorkflowError OPT-EXT-010 for a document that is not the record of a workflow, or of a later format */
export function recordOf(document: PromptVersion): WorkflowRecord {
  const { data, error } = recordSchema.safeParse(document.prompt.context[KIND])
  if (data !== undefined) return data
  throw new WorkflowError(
    'OPT-EXT-010',
    `${document.prompt_id} ${document.version} is not the record of a workflow that this version of Holdfast reads`,
    { context: { prompt_id: document.prompt_id, version: document.version }, cause: error },
  )
}

/** Whether two records say the same. */
export function isSameRecord(left: WorkflowRecord, right: WorkflowRecord): boolean {
  return JSON.stringify(recordSchema.parse(left)) === JSON.stringify(recordSchema.parse(right))
}

/** JSON has no undefined. */
function withoutUndefined(record: WorkflowRecord): unknown {
  return JSON.parse(JSON.stringify(record))
}
