/** A template that was rendered, or why it cannot be. */
export type Rendered =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly reason: string }

/** References of Dify, which stay as they are; outputs; what begins a statement or a comment of Jinja2. */
const PIECE = /\{\{#[^{}\n]{0,400}#\}\}|\{\{[^{}\n]{0,400}\}\}|\{[%#]|\{\{/g
const NAME = /^\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)[ \t]*\}\}$/

/**
 * Renders a template: `{{ name }}` and `{{ name.part }}` become the values of variables, and a reference of Dify such as
 * `{{#node.text#}}` stays as it is. There is nothing else: no statement, filter, call or include, so that a template can
 * reach nothing but its variables. A value is text, and is not rendered itself. Pure.
 */
export function renderTemplate(
  template: string,
  variables: Readonly<Record<string, unknown>>,
): Rendered {
  const problems: string[] = []
  const text = template.replace(PIECE, (piece, at: number) => {
    if (/^\{\{#.*#\}\}$/.test(piece)) return piece
    const [, name] = NAME.exec(piece) ?? []
    if (name === undefined) {
      problems.push(
        `"${piece}" at character ${at + 1} is not a variable, and templates have no code`,
      )
      return ''
    }
    const value = valueOf(variables, name)
    if (value === undefined)
      problems.push(
        `the variable "${name}" is not given; known are ${Object.keys(variables).join(', ')}`,
      )
    return value ?? ''
  })
  const [reason] = problems
  return reason === undefined ? { kind: 'text', text } : { kind: 'problem', reason }
}

/** Own properties only. @returns undefined for what is not a text, a number or a truth value */
function valueOf(variables: Readonly<Record<string, unknown>>, name: string): string | undefined {
  let value: unknown = variables
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value)
  return isPlain ? String(value) : undefined
}
