import type { CarriedText } from '../../dify/workflow/dify-file.js'
import type { PromptStrategy } from '../models/prompt-patch.js'
import { protectedParts } from '../rewriting/protected-parts.js'
import { renderTemplate, type Rendered } from './render-template.js'

/** A strategy whose template, if it has one, was read. */
export interface ReadStrategy {
  readonly strategy: PromptStrategy
  /** The template's text, or why it cannot be read. */
  readonly template: Rendered | undefined
}

/**
 * The text that a strategy makes of another one. `replace` takes the content, `prepend` and `append` add it with a blank
 * line between; without a content, the text stays as it is. `template` renders, and takes `fallback_value` if that fails.
 * Pure.
 */
export function patchedText(text: CarriedText, { strategy, template }: ReadStrategy): Rendered {
  const { mode, content = '', fallback_value } = strategy
  const original = text.text
  switch (mode) {
    case 'replace':
      return made(content === '' ? original : content)
    case 'prepend':
      return made(joined(content, original))
    case 'append':
      return made(joined(original, content))
    case 'template': {
      const rendered = rendering(text, strategy, template)
      return rendered.kind === 'problem' && fallback_value !== undefined
        ? made(fallback_value)
        : rendered
    }
  }
}

function made(text: string): Rendered {
  return { kind: 'text', text }
}

/** Two texts with one blank line between; a text that is empty adds nothing. */
function joined(first: string, second: string): string {
  if (first.trim() === '') return second
  if (second.trim() === '') return first
  return `${withoutLastLineEnds(first)}\n\n${second.replace(/^\n+/, '')}`
}

/** Without an expression: those that end with `$` begin again at each line end. */
function withoutLastLineEnds(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}

function rendering(
  text: CarriedText,
  { template: given }: PromptStrategy,
  template: Rendered | undefined,
): Rendered {
  if (template === undefined) return { kind: 'problem', reason: 'it has no template' }
  if (template.kind === 'problem') return template
  return renderTemplate(template.text, {
    node_id: text.node?.id ?? '',
    node_title: text.node?.title ?? '',
    role: text.role ?? '',
    ...given?.variables,
    original: text.text,
  })
}

/** The placeholders and statements of a text that another one does not have, each as often as it is missing. */
export function lostPlaceholders(before: CarriedText, after: string): readonly string[] {
  const [parts, left] = [
    protectedParts(before.text, before.syntax),
    protectedParts(after, before.syntax),
  ]
  const remaining = [...left.placeholder, ...left.statement]
  return [...parts.placeholder, ...parts.statement].filter((each) => {
    const at = remaining.indexOf(each)
    if (at >= 0) remaining.splice(at, 1)
    return at < 0
  })
}
