/** A piece of HTML whose texts are escaped. Only `html` makes one. */
export interface Markup {
  readonly markup: string
}

/** What may be put into HTML: texts and numbers are escaped, pieces and lists of them are put in as they are. */
export type Content = string | number | Markup | readonly Content[] | undefined

const made = new WeakSet<object>()

/**
 * HTML with values in it. A text cannot become an element or leave its attribute, whatever it has in it; controls and
 * marks of direction are shown as escapes. Attributes have to be in double quotes.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const markup = parts.reduce(
    (whole, part, at) => whole + part + (at < values.length ? contentOf(values[at]) : ''),
    '',
  )
  const piece = Object.freeze({ markup })
  made.add(piece)
  return piece
}

function contentOf(content: Content): string {
  if (content === undefined) return ''
  if (typeof content === 'string') return escapeHtml(content)
  if (typeof content === 'number') return escapeHtml(String(content))
  if (isList(content)) return content.map(contentOf).join('')
  // An object of the same shape that comes from data is not a piece of this module.
  return made.has(content) ? content.markup : escapeHtml(JSON.stringify(content))
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** Controls, marks that change the direction of what follows, and characters without a width. Lines and tabs stay. */
const HIDDEN =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** A text in which hidden characters are escapes, such as `\u202e`. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(
      HIDDEN,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
}

/** A text as code in a line of Markdown, where nothing of it is read as Markdown, a link or a name of a person. */
export function inlineCode(text: string): string {
  const line = visible(text).replaceAll('\n', ' ').replaceAll('\t', ' ')
  if (line.trim() === '') return '` `'
  const fence = '`'.repeat(longestRun(line) + 1)
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  // In a table, a bar ends the cell, also in code.
  return `${fence}${space}${line}${space}${fence}`.replaceAll('|', '\\|')
}

/** A text as a block of Markdown, which nothing in it can end. */
export function codeBlock(text: string, language = ''): string {
  const shown = visible(text)
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1))
  return `${fence}${language}\n${shown}${shown.endsWith('\n') ? '' : '\n'}${fence}\n`
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)
}
