import type { PromptInput } from '../../versions/prompts/prompt.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'

const SYNTAXES: readonly TextSyntax[] = ['basic', 'jinja2', 'app', 'plain']

/** How the text of a prompt is filled, as its importer has noted it: `basic` where it has not. */
export function syntaxOf(prompt: Pick<PromptInput, 'context'>): TextSyntax {
  const noted = prompt.context?.['syntax'] ?? prompt.context?.['edition_type']
  return SYNTAXES.find((syntax) => syntax === noted) ?? 'basic'
}
