/** As Dify itself accepts them: `{{#node.field#}}` with further fields, and three names without a node. */
const REFERENCE = String.raw`#[a-zA-Z0-9_-]{1,50}(?:\.[a-zA-Z_][a-zA-Z0-9_]{0,29}){1,10}#`
const SPECIAL = '#context#|#histories#|#query#'
const PLAIN = '[a-zA-Z_][a-zA-Z0-9_]{0,29}'
const PLACEHOLDER = new RegExp(String.raw`\{\{(${REFERENCE}|${SPECIAL}|${PLAIN})\}\}`, 'g')
const JINJA_OUTPUT = /\{\{-?\s*([a-zA-Z_][a-zA-Z0-9_]*)/g

/**
 * The variables of a prompt text, each once, in order of appearance: the texts between the braces. References keep
 * their `#` marks, so `{{context}}` and `{{#context#}}` are two variables, and `{{` + variable + `}}` is the
 * placeholder again.
 */
export function extractVariables(text: string): readonly string[] {
  return distinct(matches(text, PLACEHOLDER))
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
