import type { Prompt } from '../versions/prompts/prompt-version.js'
import { WorkflowError } from './workflow-error.js'

/** Standard input, whose prompts have no file to be known by. */
const NO_FILE = '-'

/**
 * Whether a prompt of a file and a stored one are of the same node of the same app. An exported app has no id, and names
 * are not unique, so it is when the node is the same and
 *
 * - its id was made by Dify's editor (a time in milliseconds, or a UUID), which other apps do not have, or
 * - role and text are those that are stored, or
 * - the stored prompt does not say where it comes from, since it was imported before that was recorded.
 */
export function isSameNode(prompt: Prompt, stored: Prompt): boolean {
  if (prompt.node_id !== stored.node_id) return false
  if (isTelling(prompt.node_id) || stored.context['source_file'] === undefined) return true
  return prompt.text === stored.text && prompt.role === stored.role
}

/** Whether a stored prompt was imported from this file: the other way to know an app again. */
export function isSameSource(stored: Prompt, file: string): boolean {
  const source = stored.context['source_file']
  return typeof source === 'string' && file !== NO_FILE && isSamePath(source, file)
}

/** What a prompt's context says about the file that it comes from. */
export function sourceContext(file: string): { readonly source_file?: string } {
  return file === NO_FILE ? {} : { source_file: slashed(file) }
}

/** @throws WorkflowError OPT-EXT-010 when a stored prompt is of another app than the one of a file */
export function rejectOtherApp(prompt: Prompt, stored: Prompt, file: string): void {
  if (!isSameNode(prompt, stored) && !isSameSource(stored, file)) throw otherApp(file, stored)
}

/** @returns WorkflowError OPT-EXT-010 with reason `other_app` */
export function otherApp(file: string, stored: Prompt): WorkflowError {
  const workflow = stored.workflow_id
  return new WorkflowError(
    'OPT-EXT-010',
    `${file} is not known again as the app "${workflow}" in the store, which has other prompts (such as ${stored.id}): ` +
      `import it under an id of its own (--workflow-id, option "workflowId"), or say that it is the same app ` +
      `(--same-app, option "sameApp")`,
    { context: { file, reason: 'other_app', workflow_id: workflow, prompt_id: stored.id } },
  )
}

function isTelling(nodeId: string): boolean {
  return /^\d{12,}/.test(nodeId) || /^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(nodeId)
}

/** One path may be written from another directory than the other: then one ends with the other. */
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
