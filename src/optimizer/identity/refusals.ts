import { isError, shortened } from '../../base/values.js'
import { freezeJson } from '../../document/freeze-json.js'
import { formatPath } from '../../document/json.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { promptSchema } from '../../versions/prompts/prompt.js'
import type { WorkflowPrompt } from '../extract-prompts.js'
import { WorkflowError } from '../workflow-error.js'
import type { StoredWorkflow } from './known-workflows.js'
import type { ReadSource } from './read-sources.js'

/**
 * Refuses what a storage would refuse, and names the file, before anything of that file is saved.
 *
 * @throws WorkflowError OPT-EXT-010
 */
export function checkStorable(prompt: WorkflowPrompt, file: string): void {
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

/** The refusal of a file with a prompt id of another file. */
export function sharedIds({ file, dify }: ReadSource, owner: string, id: string): WorkflowError {
  return new WorkflowError(
    'OPT-EXT-010',
    `${file} has the same prompt ids as ${owner} (the workflow name is "${shortened(dify.name)}", ` +
      `the first such id is ${shortened(id)}): give one of the two workflows another name`,
    { context: { file, other_file: owner, prompt_id: id } },
  )
}

/**
 * The refusal of a file that is not recognised as the workflow of its name; its reason is `other_app`.
 * @param given the id that the caller has named the workflow by, if any: to name it again does not help
 */
export function otherApp(
  file: string,
  { record }: StoredWorkflow,
  given: string | undefined,
): WorkflowError {
  const workflow = record.workflow_id
  const first = record.prompts[0]?.prompt_id ?? ''
  const own =
    given === undefined
      ? 'import it under an id of its own (--workflow-id, option "workflowId")'
      : 'give it another id (--workflow-id, option "workflowId") than this one, which the store has'
  return new WorkflowError(
    'OPT-EXT-010',
    `${file} is not recognised as the app "${workflow}" in the store, which has other prompts (such as ${first}): ` +
      `${own}, or say that it is the same app (--same-app, option "sameApp")`,
    { context: { file, reason: 'other_app', workflow_id: workflow, prompt_id: first } },
  )
}

/** The refusal of a second file of one workflow; its reason is `other_app`. */
export function sameName({ file, dify }: ReadSource, other: string): WorkflowError {
  return new WorkflowError(
    'OPT-EXT-010',
    `${file} has the same workflow name as ${other} ("${shortened(dify.name)}"): give one of the two another name, or ` +
      `import it by itself under another id (--workflow-id, option "workflowId")`,
    { context: { file, other_file: other, reason: 'other_app' } },
  )
}
