import { occurrencesIn } from '../versions/registry/placeholders.js'

/** What Dify takes for a name between the braces, without blanks. */
const PLAIN = /^[a-zA-Z_][a-zA-Z0-9_]{0,29}$/
const JINJA_OUTPUT = /\{\{-?\s*([a-zA-Z_][a-zA-Z0-9_]*)/g

/**
 * The variables of a prompt text, each once, in order of appearance: the texts between the braces. References keep
 * their `#` marks, so `{{context}}` and `{{#context#}}` are two variables, and `{{` + variable + `}}` is the
 * placeholder again.
 */
export function extractVariables(text: string): readonly string[] {
  const read = Array.from(occurrencesIn(text)).filter(
    ({ written, placeholder: { name, grammar } }) =>
      grammar === 'dify' || (written === `{{${name}}}` && PLAIN.test(name)),
  )
  return distinct(read.map(({ placeholder }) => placeholder.name))
}

/**
 * The variables of a Jinja2 text: the declared names that occur in it. Without a declaration, the names that begin an
 * output such as `{{ name | upper }}`.
 */
export function extractJinjaVariables(
  text: string,
  declared: readonly string[],
): readonly string[] {
  if (declared.length === 0) return distinct(matches(text, JINJA_OUTPUT))
  const words = new Set(matches(text, /([a-zA-Z_][a-zA-Z0-9_]*)/g))
  return distinct(declared.filter((name) => words.has(name)))
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '')
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
