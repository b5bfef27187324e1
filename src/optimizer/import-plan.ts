import type { Prompt, PromptVersion } from '../versions/prompts/prompt-version.js'
import { WorkflowError } from './workflow-error.js'

/** What an import does with one prompt. */
export type PromptOutcome = 'created' | 'updated' | 'unchanged'

/**
 * Compares a prompt from a workflow with its latest stored version. Text and role decide, nothing else does: a new
 * title or another model is no new version. A text that was there before, but is not in the latest version, is a change.
 * Pure. Throws WorkflowError OPT-EXT-010 when the stored prompt belongs to another node or workflow.
 */
export function planPrompt(
  prompt: Prompt,
  latest: PromptVersion | undefined,
  file: string,
): PromptOutcome {
  if (latest === undefined) return 'created'
  rejectForeign(prompt, latest, file)
  const same = latest.prompt.text === prompt.text && latest.prompt.role === prompt.role
  return same ? 'unchanged' : 'updated'
}

/** Ids are joined from two free names, so `a_b` + `c` and `a` + `b_c` meet: their histories must not mix. */
function rejectForeign(prompt: Prompt, latest: PromptVersion, file: string): void {
  const stored = latest.prompt
  if (stored.workflow_id === prompt.workflow_id && stored.node_id === prompt.node_id) return
  throw new WorkflowError(
    'OPT-EXT-010',
    `${file} gives the prompt id ${prompt.id} to node ${prompt.node_id} of ${prompt.workflow_id}, ` +
      `but the store has it for node ${stored.node_id} of ${stored.workflow_id}`,
    { context: { file, prompt_id: prompt.id } },
  )
}
