import { bodyOf, textsOf, type PromptBody, type Template } from './template.js'

/** `mustache` for `{{name}}`, `dify` for `{{#node.field#}}`. */
export type PlaceholderGrammar = 'mustache' | 'dify'

/** A place of a prompt that a value fills. */
export interface Placeholder {
  /** The key of its value: what is between the braces, without blanks. Those of Dify keep their `#` marks. */
  readonly name: string
  readonly grammar: PlaceholderGrammar
}

/**
 * A name has letters and digits of any script, `_`, and between them also `.` and `-`. References are those that Dify
 * itself reads.
 */
const PLACEHOLDER =
  /\{\{(?:[ \t]*([\p{L}_](?:[\p{L}\p{M}\p{N}_.-]*[\p{L}\p{M}\p{N}_])?)[ \t]*|(#[a-zA-Z0-9_-]{1,50}(?:\.[a-zA-Z_][a-zA-Z0-9_]{0,29}){1,10}#|#(?:context|histories|query)#))\}\}/gu

/**
 * The placeholders of a prompt, each once, in order of appearance. There are two grammars: `{{name}}`, with blanks
 * inside the braces if wanted, and Dify's `{{#node.field#}}`. All other braces are text: `{"a":{"b":1}}`, `{{"a":1}}`,
 * `{{ "x" }}`, `{{ name | upper }}`. Of `{{{name}}}`, the outer braces are text.
 *
 * @throws TypeError for a document that has neither a text nor messages
 */
export function placeholdersOf(document: Template): readonly Placeholder[] {
  return placeholdersIn(bodyOf(document))
}

export function placeholdersIn(body: PromptBody): readonly Placeholder[] {
  const found = new Map<string, Placeholder>()
  for (const text of textsOf(body))
    for (const { placeholder } of occurrencesIn(text))
      if (!found.has(placeholder.name)) found.set(placeholder.name, placeholder)
  return Object.freeze([...found.values()])
}

/** Each place of a text that a value fills, as it is written there. */
export function* occurrencesIn(
  text: string,
): Generator<{ readonly written: string; readonly placeholder: Placeholder }> {
  for (const [written, name, reference] of text.matchAll(PLACEHOLDER))
    yield { written, placeholder: placeholderFor(name, reference) }
}

/** Replaces every placeholder in one pass: what a value contains is never read again. */
export function fill(text: string, valueOf: (name: string) => string): string {
  return text.replace(PLACEHOLDER, (_, name?: string, reference?: string) =>
    valueOf(placeholderFor(name, reference).name),
  )
}

function placeholderFor(name: string | undefined, reference: string | undefined): Placeholder {
  return name === undefined
    ? Object.freeze({ name: reference ?? '', grammar: 'dify' })
    : Object.freeze({ name, grammar: 'mustache' })
}
