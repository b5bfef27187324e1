import { wrongArgument } from '../../base/misuse.js'
import type { JsonValue } from '../../document/json.js'
import type { TextSyntax } from '../../dify/workflow/carriers.js'
import { referencesOf, type Reference } from '../../dify/workflow/references.js'

type Inputs = Readonly<Record<string, JsonValue>>

/**
 * A text with the inputs of a case in the place of its references, as Dify's engine would fill it in: `{{#start.name#}}`
 * is the input `start.name`, else `name`. What the engine leaves as it is written stays.
 *
 * @throws TypeError for a reference whose input is missing
 */
export function filledText(text: string, syntax: TextSyntax, inputs: Inputs): string {
  let filled = ''
  let at = 0
  for (const reference of referencesOf(text, syntax)) {
    if (!reference.resolvable) continue
    filled += text.slice(at, reference.start) + valueOf(reference, inputs)
    at = reference.end
  }
  return filled + text.slice(at)
}

function valueOf({ raw, kind, parts }: Reference, inputs: Inputs): string {
  const names = [parts.join('.'), ...(parts.length > 1 ? [parts.slice(1).join('.')] : [])]
  const name = names.find((each) => Object.hasOwn(inputs, each))
  if (name !== undefined) return textOf(inputs[name] ?? null)
  // Without a knowledge base, Dify's engine puts nothing there.
  if (kind === 'special' && parts[0] !== 'query') return ''
  throw wrongArgument(`There is no input "${names.at(-1) ?? ''}" for ${raw}`)
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
