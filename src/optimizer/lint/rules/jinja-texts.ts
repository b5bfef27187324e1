import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import type { DifyNode } from '../../../dify/workflow/nodes.js'
import { isRecord } from '../../../base/values.js'
import type { Fault } from '../finding.js'
import { jinjaNames } from '../jinja-names.js'
import type { LintContext } from '../lint-context.js'

/** A name in a Jinja2 text that is not declared: Dify renders it as nothing. */
export function undeclaredJinja2Variable(context: LintContext): readonly Fault[] {
  return jinjaTexts(context).flatMap(({ text, node, declared }) => {
    const names = new Set(declared.map(({ name }) => name))
    return [...jinjaNames(text.text).free]
      .filter((name) => !names.has(name))
      .map((name) => ({
        message: `The variable "${name}" of the template is not declared: it is rendered as nothing`,
        remedy: `Declare it with the output that it stands for${hint(names)}`,
        pointer: text.pointer,
        node,
        within: { text: name, occurrence: 0 },
      }))
  })
}

/** A declared variable that no Jinja2 text of its node uses. */
export function unusedJinja2Variable(context: LintContext): readonly Fault[] {
  const texts = jinjaTexts(context)
  return [...new Set(texts.map(({ node }) => node))].flatMap((node) => {
    const used = texts
      .filter((each) => each.node === node)
      .map(({ text }) => jinjaNames(text.text).words)
    return declaredOf(node)
      .filter(({ name }) => !used.some((words) => words.has(name)))
      .map(({ name, pointer }) => ({
        message: `The variable "${name}" is declared, and the template does not use it`,
        remedy: 'Use it, or remove its declaration',
        pointer,
        node,
      }))
  })
}

interface JinjaText {
  readonly text: CarriedText
  readonly node: DifyNode
  readonly declared: readonly Declared[]
}

interface Declared {
  readonly name: string
  readonly pointer: string
}

function jinjaTexts({ file, graph }: LintContext): readonly JinjaText[] {
  return file.texts.flatMap((text) => {
    const { node, syntax } = text
    if (syntax !== 'jinja2' || node === undefined || text.text.trim() === '') return []
    return graph.isReached(node.id) ? [{ text, node, declared: declaredOf(node) }] : []
  })
}

function declaredOf({ type, data, pointer = '' }: DifyNode): readonly Declared[] {
  const config = data['prompt_config']
  const isTemplate = type === 'template-transform'
  const inMessages = isRecord(config) ? config['jinja2_variables'] : undefined
  const list = isTemplate ? data['variables'] : inMessages
  const at = `${pointer}/data/${isTemplate ? 'variables' : 'prompt_config/jinja2_variables'}`
  if (!Array.isArray(list)) return []
  return list.flatMap((item: unknown, index) =>
    isRecord(item) && typeof item['variable'] === 'string' && item['variable'] !== ''
      ? [{ name: item['variable'], pointer: `${at}/${index}` }]
      : [],
  )
}

function hint(names: ReadonlySet<string>): string {
  return names.size === 0 ? '' : `, or use one of ${[...names].slice(0, 8).join(', ')}`
}
