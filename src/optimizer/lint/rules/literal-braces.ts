import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import type { Fault } from '../finding.js'
import { faultAt, placesIn, type LintContext } from '../lint-context.js'
import { outputsOf } from '../node-outputs.js'

const SUGGESTED_MAX = 3

/**
 * `{{name}}` in a text of a workflow node, where the workflow has a variable of that name: Dify does not fill it in. Other
 * braces are left alone, since they are examples and code.
 */
export function literalBraces(context: LintContext): readonly Fault[] {
  return context.file.texts
    .filter(({ syntax, node }) => syntax === 'basic' && node !== undefined)
    .flatMap((text) => {
      // A name may occur thousands of times.
      const known = new Map<string, readonly string[]>()
      return placesIn(text).flatMap((place) => {
        const { kind, parts, raw } = place.reference
        const [name = ''] = parts
        if (kind !== 'plain') return []
        const meant = known.get(name) ?? meantBy(name, text, context)
        known.set(name, meant)
        if (meant.length === 0) return []
        const message = `${raw} is literal text here: Dify fills in {{#node.field#}} only`
        return [faultAt(place, message, `Write ${meant.slice(0, SUGGESTED_MAX).join(' or ')}`)]
      })
    })
}

/** The references that a name probably means: an output above the node, or a variable of the workflow. */
function meantBy(
  name: string,
  { node }: CarriedText,
  { file, graph, named, conversation, environment }: LintContext,
): readonly string[] {
  if (name === 'context' && node?.type === 'llm') return ['{{#context#}}']
  const bare = name.replace(/^#|#$/g, '')
  if (bare.includes('.')) {
    const [first = '', second = ''] = bare.split('.')
    const source = graph.nodes.get(first)
    const isKnown = source !== undefined && (outputsOf(source)?.has(second) ?? false)
    return isKnown || (first === 'sys' && second === 'query') ? [`{{#${bare}#}}`] : []
  }
  const above = node === undefined ? new Set<string>() : graph.above(node.id)
  const sources = (named.get(name) ?? []).filter(({ id }) => above.has(id)).slice(0, SUGGESTED_MAX)
  return [
    ...sources.map(({ id }) => `{{#${id}.${name}#}}`),
    ...(conversation.has(name) ? [`{{#conversation.${name}#}}`] : []),
    ...(environment.has(name) ? [`{{#env.${name}#}}`] : []),
    ...(name === 'query' && file.mode === 'advanced-chat' ? ['{{#sys.query#}}'] : []),
  ]
}
