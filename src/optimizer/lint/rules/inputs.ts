import { isRecord } from '../../../base/values.js'
import { referencesOf } from '../../../dify/workflow/references.js'
import type { DifyNode } from '../../../dify/workflow/nodes.js'
import type { Fault } from '../finding.js'
import { faultAt, placesIn, type LintContext, type Place } from '../lint-context.js'

/** An input of the start node that nothing in the workflow refers to. */
export function unusedInput({ file }: LintContext): readonly Fault[] {
  const starts = file.nodes.filter(({ type }) => type === 'start')
  if (starts.length === 0 || file.nodes.length === 1) return []
  // As text: selectors, references, conditions, code of expressions, whatever has the name beside the id.
  const rest = JSON.stringify(
    file.nodes.filter(({ type }) => type !== 'start').map(({ data }) => data),
  )
  return starts.flatMap((start) => {
    const read = namesBehind(start.id, rest)
    return inputsOf(start).flatMap(({ name, pointer }) => {
      if (read.has(name)) return []
      return [
        {
          message: `The input "${name}" is asked for, and nothing in the workflow reads it`,
          remedy: `Refer to it${asReference(start.id, name)}, or remove it`,
          pointer,
          node: start,
        },
      ]
    })
  })
}

/** Only where the engine reads such a reference. */
function asReference(id: string, name: string): string {
  const reference = `{{#${id}.${name}#}}`
  return referencesOf(reference, 'basic')[0]?.resolvable === true ? ` as ${reference}` : ''
}

/** The names that follow an id: after a point, or as the next item of a list. */
function namesBehind(nodeId: string, json: string): ReadonlySet<string> {
  const found = new Set<string>()
  const id = JSON.stringify(nodeId).slice(1, -1)
  for (let at = json.indexOf(id); at !== -1; at = json.indexOf(id, at + id.length)) {
    const behind = json.slice(at + id.length, at + id.length + NAME_MAX)
    const name = /^(?:\.|",")([^"#.}\s]+)/.exec(behind)?.[1]
    if (name !== undefined) found.add(name)
  }
  return found
}

/** Dify's names have 30 characters at most; older files have longer ones. */
const NAME_MAX = 120

/** `{{name}}` in the prompt of an app without a graph, which has no such input: it stays as it is written. */
export function undeclaredInput({ file }: LintContext): readonly Fault[] {
  const config = isRecord(file.value) ? file.value['model_config'] : undefined
  const form = isRecord(config) ? config['user_input_form'] : undefined
  if (!Array.isArray(form)) return []
  const names = new Set(
    form.flatMap((field: unknown) =>
      isRecord(field)
        ? Object.values(field).flatMap((input: unknown) =>
            isRecord(input) && typeof input['variable'] === 'string' ? [input['variable']] : [],
          )
        : [],
    ),
  )
  return file.texts
    .filter(({ carrier }) => carrier === 'app.pre_prompt')
    .flatMap((text) =>
      placesIn(text).flatMap((place) => {
        const { kind, parts, raw, resolvable } = place.reference
        const [name = ''] = parts
        if (kind !== 'plain' || !resolvable || names.has(name) || isInOutput(place)) return []
        const message = `${raw} is not filled in: the app has no input "${name}"`
        return [faultAt(place, message, `Add the input to the form of the app`)]
      }),
    )
}

function inputsOf({
  data,
  pointer = '',
}: DifyNode): readonly { readonly name: string; readonly pointer: string }[] {
  const { variables } = data
  if (!Array.isArray(variables)) return []
  return variables.flatMap((item: unknown, index) =>
    isRecord(item) && typeof item['variable'] === 'string' && item['variable'] !== ''
      ? [{ name: item['variable'], pointer: `${pointer}/data/variables/${index}` }]
      : [],
  )
}

/** Dify's generator of prompts writes the form of the answer between these tags, with names in braces that the model fills. */
function isInOutput({ text: { text }, reference }: Place): boolean {
  const before = text.slice(0, reference.start)
  return before.lastIndexOf('<output>') > before.lastIndexOf('</output>')
}
