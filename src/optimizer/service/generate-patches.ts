import type { TextPrompt } from '../../versions/prompts/prompt.js'
import type { PromptPatch } from '../models/prompt-patch.js'

/** A prompt and its new text. */
export interface NewText {
  readonly prompt: TextPrompt
  readonly text: string
}

/**
 * The patches that put new texts into a workflow. Each names the node of its prompt, since a result does not have it. A
 * node with several prompts gets the place of the text, too.
 *
 * @param all every prompt of the workflow
 */
export function generatePatches(
  texts: readonly NewText[],
  all: readonly TextPrompt[],
): readonly PromptPatch[] {
  return texts.map(({ prompt, text }) => ({
    selector: selectorOf(prompt, all),
    strategy: { mode: 'replace', content: text },
  }))
}

function selectorOf(prompt: TextPrompt, all: readonly TextPrompt[]): PromptPatch['selector'] {
  const { node_id, id } = prompt
  const pointer: unknown = prompt.context['pointer']
  if (node_id === undefined)
    return typeof pointer === 'string' ? { by_path: pointer } : { by_prompt: id }
  const isAlone = all.filter((other) => other.node_id === node_id).length <= 1
  if (isAlone) return { by_id: node_id }
  return typeof pointer === 'string'
    ? { by_id: node_id, by_path: pointer }
    : { by_id: node_id, by_prompt: id }
}
