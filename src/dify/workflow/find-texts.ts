import {
  fieldOf,
  pointerStep,
  sourceOf,
  textOf,
  type YamlNode,
  type YamlScalar,
} from '../file/yaml-tree.js'
import {
  ADVANCED_APP_CARRIERS,
  AGENT_CARRIERS,
  APP_CARRIERS,
  type Carrier,
  type CarrierRule,
  NODE_CARRIERS,
  SIMPLE_APP_CARRIERS,
  type TextSyntax,
  WORKFLOW_CARRIERS,
} from './carriers.js'
import type { DifyNode, FoundNode, OnSkipped } from './nodes.js'

/** A scalar with a text for a model or a reader. */
export interface FoundText {
  readonly scalar: YamlScalar
  readonly pointer: string
  readonly carrier: Carrier
  readonly syntax: TextSyntax
  readonly optional: boolean
  readonly node?: DifyNode
  readonly role?: string
  readonly messageId?: string
  readonly position: number
}

/** The texts of a node, in no particular order. What is not a text is skipped. */
export function findNodeTexts({ node, data }: FoundNode, onSkipped: OnSkipped): FoundText[] {
  if (data === undefined) return []
  const at = `${node.pointer ?? ''}/data`
  const found = (NODE_CARRIERS[node.type] ?? []).flatMap((rule) =>
    byRule(data, at, rule, onSkipped),
  )
  const messages = node.type === 'llm' ? findMessages(data, at, onSkipped) : []
  return [...messages, ...found].map((text) => ({ ...text, node }))
}

/** The texts of the app outside of its graph. */
export function findAppTexts(
  root: YamlNode,
  parts: { readonly workflow: boolean; readonly app: boolean; readonly agent: boolean },
  onSkipped: OnSkipped,
): FoundText[] {
  const isAdvanced = textOf(fieldOf(root, 'model_config', 'prompt_type')) === 'advanced'
  const rules = [
    ...(parts.workflow ? WORKFLOW_CARRIERS : []),
    ...(parts.app ? APP_CARRIERS : []),
    ...(parts.app ? (isAdvanced ? ADVANCED_APP_CARRIERS : SIMPLE_APP_CARRIERS) : []),
    ...(parts.agent ? AGENT_CARRIERS : []),
  ]
  return rules.flatMap((rule) => byRule(root, '', rule, onSkipped))
}

/** A template that is a list of messages, or one mapping, which is the text of a completion model. */
function findMessages(data: YamlNode, at: string, onSkipped: OnSkipped): FoundText[] {
  const template = fieldOf(data, 'prompt_template')
  const pointer = `${at}/prompt_template`
  if (template === undefined || isNull(template)) return []
  if (template.kind === 'map')
    return messageOf(template, pointer, { position: 0, role: 'user', of: 'completion' }, onSkipped)
  if (template.kind === 'scalar') {
    onSkipped(template, pointer, 'a prompt template is neither a list of messages nor a mapping')
    return []
  }
  return template.items.flatMap((item, position) => {
    const place = pointer + pointerStep(position)
    const role = textOf(fieldOf(item, 'role'))
    if (item.kind !== 'map') onSkipped(item, place, 'a message is not a mapping')
    else if (role === undefined) onSkipped(item, place, 'a message has no role; its text is kept')
    return messageOf(item, place, { position, role, of: 'chat' }, onSkipped)
  })
}

interface MessagePlace {
  readonly position: number
  readonly role: string | undefined
  readonly of: 'chat' | 'completion'
}

function messageOf(
  message: YamlNode,
  at: string,
  { position, role, of }: MessagePlace,
  onSkipped: OnSkipped,
): FoundText[] {
  const isJinja = textOf(fieldOf(message, 'edition_type')) === 'jinja2'
  const field = isJinja ? 'jinja2_text' : 'text'
  const carrier = (
    {
      chat: isJinja ? 'llm.jinja2' : 'llm.chat',
      completion: isJinja ? 'llm.completion.jinja2' : 'llm.completion',
    } as const
  )[of]
  const messageId = sourceOf(fieldOf(message, 'id'))
  return scalarsOf(fieldOf(message, field), `${at}/${field}`, onSkipped).map((found) => ({
    ...found,
    carrier,
    syntax: isJinja ? 'jinja2' : 'basic',
    optional: false,
    position,
    ...(role === undefined ? {} : { role }),
    ...(messageId === undefined ? {} : { messageId }),
  }))
}

function byRule(root: YamlNode, at: string, rule: CarrierRule, onSkipped: OnSkipped): FoundText[] {
  const { carrier, syntax, optional = false } = rule
  const found: FoundText[] = []
  const walk = (
    node: YamlNode | undefined,
    pointer: string,
    steps: readonly string[],
    item: Item,
  ): void => {
    const [step, ...rest] = steps
    if (node === undefined || isSelector(node, rest)) return
    if (step === undefined) {
      for (const scalar of scalarsOf(node, pointer, onSkipped))
        found.push({ ...scalar, carrier, syntax, optional, ...item })
    } else if (step === '*') {
      for (const [position, name, child] of childrenOf(node))
        walk(child, pointer + pointerStep(name), rest, itemOf(child, position))
    } else walk(fieldOf(node, step), pointer + pointerStep(step), rest, item)
  }
  walk(root, at, rule.path.split('.'), { position: 0 })
  return found
}

/** What the item of a list says about the text in it. */
interface Item {
  readonly position: number
  readonly role?: string
  readonly messageId?: string
}

/** A message or a class has an `id`, a parameter or an output a `name`. */
function itemOf(item: YamlNode, position: number): Item {
  const role = textOf(fieldOf(item, 'role'))
  const messageId = sourceOf(fieldOf(item, 'id')) ?? sourceOf(fieldOf(item, 'name'))
  return {
    position,
    ...(role === undefined ? {} : { role }),
    ...(messageId === undefined ? {} : { messageId }),
  }
}

/** A parameter of an agent may be the place of a value instead of a text: `type: variable`. */
function isSelector(node: YamlNode, rest: readonly string[]): boolean {
  return rest.length === 0 && textOf(fieldOf(node, 'type')) === 'variable'
}

function childrenOf(node: YamlNode): readonly (readonly [number, string | number, YamlNode])[] {
  if (node.kind === 'list') return node.items.map((item, at) => [at, at, item])
  if (node.kind !== 'map') return []
  return Array.from(node.entries, ([name, child], at) => [at, name, child])
}

/** The scalar itself if it is a text or null, which is a text that is not there yet. */
function scalarsOf(
  node: YamlNode | undefined,
  pointer: string,
  onSkipped: OnSkipped,
): readonly { readonly scalar: YamlScalar; readonly pointer: string }[] {
  if (node === undefined) return []
  if (node.kind === 'scalar' && (node.type === 'str' || node.type === 'null'))
    return [{ scalar: node, pointer }]
  const what =
    node.kind === 'scalar' ? KINDS[node.type] : `a ${node.kind === 'map' ? 'mapping' : 'list'}`
  onSkipped(node, pointer, `expected a text, got ${what ?? node.kind}`)
  return []
}

const KINDS: Readonly<Partial<Record<YamlScalar['type'], string>>> = {
  int: 'a number',
  float: 'a number',
  bool: 'a boolean',
  timestamp: 'a time',
  merge: 'a merge key',
  binary: 'bytes',
}

function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.type === 'null'
}
