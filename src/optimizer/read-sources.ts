import { isError, shortened } from '../base/values.js'
import { freezeJson } from '../document/freeze-json.js'
import { formatPath } from '../document/json.js'
import { checkPromptId } from '../document/prompt-id.js'
import { promptSchema } from '../versions/prompts/prompt.js'
import { sourceContext } from './plan-files.js'
import { parseWorkflow, type WorkflowOptions } from './dify-workflow.js'
import {
  extractPrompts,
  type ExtractedPrompts,
  type ExtractOptions,
  type WorkflowPrompt,
} from './extract-prompts.js'
import { WorkflowError } from './workflow-error.js'

/** One file to import: its name (for messages, and for a workflow without a name) and its content. */
export interface WorkflowSource {
  readonly file: string
  readonly content: Uint8Array | string
}

export interface ReadOptions extends ExtractOptions, WorkflowOptions {
  /** Replaces the workflow's name. */
  readonly workflowId?: string | undefined
  /** Whether several files may be of the same app. */
  readonly sameApp?: boolean | undefined
}

/** A file with its extracted prompts. */
export interface ReadSource extends ExtractedPrompts {
  readonly file: string
  readonly workflow: string
}

/** A refused file: an import continues without it. */
export interface RefusedSource {
  readonly file: string
  readonly refused: WorkflowError
}

/**
 * Extracts the prompts of many files. Pure. A file with the workflow name or a prompt id of an earlier file is refused:
 * two workflows of one name would otherwise be mixed, or overwrite each other at every import.
 */
export function readSources(
  sources: readonly WorkflowSource[],
  options: ReadOptions,
): readonly (ReadSource | RefusedSource)[] {
  const owners = new Map<string, string>()
  const names = new Map<string, string>()
  return sources.map((source) => {
    try {
      const read = readSource(source, options)
      rejectSharedIds(read, owners)
      if (options.sameApp !== true) rejectSharedName(read, names)
      for (const id of idsOf(read)) owners.set(id, read.file)
      return read
    } catch (error) {
      if (error instanceof WorkflowError) return { file: source.file, refused: error }
      throw error
    }
  })
}

function readSource(
  { file, content }: WorkflowSource,
  { extractedAt, fileBytesMax, workflowId }: ReadOptions,
): ReadSource {
  const parsed = parseWorkflow(content, file, { fileBytesMax })
  const workflow = workflowId === undefined ? parsed : { ...parsed, name: workflowId }
  const extracted = extractPrompts(workflow, { extractedAt })
  const prompts = extracted.prompts.map((prompt) => ({
    ...prompt,
    context: { ...prompt.context, ...sourceContext(file) },
  }))
  for (const prompt of prompts) checkStorable(prompt, file)
  return { file, workflow: workflow.name, ...extracted, prompts }
}

/** Refuses what a storage would refuse, and names the file, before anything of that file is saved. */
function checkStorable(prompt: WorkflowPrompt, file: string): void {
  try {
    checkPromptId(prompt.id)
    freezeJson(prompt, 'prompt')
  } catch (cause) {
    throw notStorable(prompt, file, isError(cause) ? cause.message : String(cause), cause)
  }
  const { error } = promptSchema.safeParse(prompt)
  const issue = error?.issues[0]
  if (issue !== undefined) {
    throw notStorable(prompt, file, `"${formatPath('', issue.path)}": ${issue.message}`, error)
  }
}

function notStorable(
  prompt: WorkflowPrompt,
  file: string,
  reason: string,
  cause: unknown,
): WorkflowError {
  return new WorkflowError(
    'OPT-EXT-010',
    `${shortened(file)} has a prompt that cannot be stored, in node ${shortened(prompt.node_id)}: ${reason}`,
    { context: { file, prompt_id: prompt.id, reason }, cause },
  )
}

function rejectSharedIds(read: ReadSource, owners: ReadonlyMap<string, string>): void {
  const taken = idsOf(read).find((id) => owners.has(id))
  if (taken === undefined) return
  const owner = owners.get(taken) ?? ''
  throw new WorkflowError(
    'OPT-EXT-010',
    `${read.file} has the same prompt ids as ${owner} (the workflow name is "${shortened(read.workflow)}", ` +
      `the first such id is ${shortened(taken)}): give one of the two workflows another name`,
    { context: { file: read.file, other_file: owner, prompt_id: taken } },
  )
}

/** A file without messages has nothing that could be mixed with that of another. */
function rejectSharedName(read: ReadSource, names: Map<string, string>): void {
  if (idsOf(read).length === 0) return
  const other = names.get(read.workflow)
  if (other === undefined) {
    names.set(read.workflow, read.file)
    return
  }
  throw new WorkflowError(
    'OPT-EXT-010',
    `${read.file} has the same workflow name as ${other} ("${shortened(read.workflow)}"): give one of the two another name, or ` +
      `import it by itself under another id (--workflow-id, option "workflowId")`,
    { context: { file: read.file, other_file: other, reason: 'other_app' } },
  )
}

function idsOf(read: ReadSource): readonly string[] {
  return [...read.prompts, ...read.empty].map(({ id }) => id)
}
