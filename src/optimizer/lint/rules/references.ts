import { isRecord } from '../../../base/values.js'
import type { DifyNode } from '../../../dify/workflow/nodes.js'
import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import { brokenReferencesIn } from '../../analysis/placeholder-faults.js'
import type { Fault } from '../finding.js'
import { codeIn, faultAt, placesIn, type LintContext } from '../lint-context.js'
import { reasonOf } from '../resolve-selector.js'

/** References in the texts of a workflow that Dify's engine cannot resolve: the model reads them as they are written. */
export function unresolvableReference(context: LintContext): readonly Fault[] {
  return context.file.texts
    .filter(({ syntax }) => syntax === 'basic')
    .flatMap((text) => faultsIn(text, context))
}

function faultsIn(text: CarriedText, context: LintContext): readonly Fault[] {
  const { node } = text
  return placesIn(text).flatMap((place) => {
    const { kind, parts, resolvable, raw } = place.reference
    const isRead = ['node', 'sys', 'env', 'conversation'].includes(kind)
    if (!isRead && !(kind === 'malformed' && namesNode(parts[0] ?? '', context))) return []
    const reason = resolvable ? reasonOf(parts, node, context) : unread(parts, kind)
    if (reason === undefined) return []
    return [faultAt(place, `${raw} is not resolved: ${reason.message}`, reason.remedy)]
  })
}

/** Other malformed references are in prompts that say how references are written. */
function namesNode(inside: string, { graph }: LintContext): boolean {
  const dots = Array.from(inside.matchAll(/\./g), ({ index }) => index)
  return dots.some((dot) => graph.nodes.has(inside.slice(0, dot)))
}

const OTHER_ID = 'Give the node an id of letters, digits and "_", and write it here'

/** Why the engine does not read a reference to a node that exists. */
function unread([first = '']: readonly string[], kind: string): Pick<Fault, 'message' | 'remedy'> {
  if (kind !== 'malformed')
    return {
      message:
        'the engine does not read an id with "-", although the editor shows it as a reference',
      remedy: OTHER_ID,
    }
  const hasReadableId = /^[A-Za-z0-9_]{1,50}\./.test(first)
  return hasReadableId
    ? {
        message: 'the engine reads names of at most 30 letters, digits and "_", no digit first',
        remedy: 'Give the output such a name, and write it here',
      }
    : {
        message: 'the engine reads ids of at most 50 Latin letters, digits and "_" only',
        remedy: OTHER_ID,
      }
}

/** What looks like a reference with a mark missing or a blank too many. */
export function malformedReference(context: LintContext): readonly Fault[] {
  return context.file.texts.filter(({ syntax }) => syntax === 'basic').flatMap(malformedIn)
}

function malformedIn({ text, pointer, node }: CarriedText): readonly Fault[] {
  const isCode = codeIn(text)
  const seen = new Set<string>()
  return brokenReferencesIn(text).flatMap(({ written, start }) => {
    if (seen.has(written) || isHyphenated(written) || isCode(start)) return []
    seen.add(written)
    return [
      {
        message: `${written} is not read as a reference: the model gets it as it is written`,
        remedy: 'Write {{#node.field#}}, without blanks, with "#" at both ends',
        pointer,
        node,
        within: { text: written, occurrence: 0 },
      },
    ]
  })
}

/** That is the case of the other rule. */
function isHyphenated(raw: string): boolean {
  return /^\{\{#[\w-]+(?:\.\w+)+#\}\}$/.test(raw)
}

/**
 * A selector of a node's data that names what does not exist, or runs later. Dify checks some of them before the node
 * runs and fails it; others are empty.
 */
export function unresolvableSelector(context: LintContext): readonly Fault[] {
  return context.file.nodes.flatMap((node) =>
    selectorsOf(node).flatMap(({ selector, pointer }) => {
      const reason = reasonOf(selector, node, context)
      if (reason === undefined) return []
      const message = `The node selects ${selector.join('.')}, which it cannot have: ${reason.message}`
      return [{ message, remedy: reason.remedy, pointer, node }]
    }),
  )
}

interface Selector {
  readonly selector: readonly string[]
  readonly pointer: string
}

/** Fields whose selectors a run reads. Those of a feature that is switched off are left out. */
function selectorsOf(node: DifyNode): readonly Selector[] {
  const found: Selector[] = []
  const visit = (value: unknown, pointer: string): void => {
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) visit(item, `${pointer}/${at}`)
      return
    }
    if (!isRecord(value) || value['enabled'] === false) return
    for (const [name, field] of Object.entries(value)) {
      if (isSelector(name, field)) found.push({ selector: field, pointer: `${pointer}/${name}` })
      else if (!UNREAD.has(name)) visit(field, `${pointer}/${name}`)
    }
  }
  if (SELECTING.has(node.type)) visit(node.data, `${node.pointer ?? ''}/data`)
  return found
}

/** Types whose data is read from nodes above. The selectors of containers and assigners point inwards. */
const SELECTING: ReadonlySet<string> = new Set([
  'llm',
  'code',
  'template-transform',
  'question-classifier',
  'parameter-extractor',
  'knowledge-retrieval',
  'if-else',
  'end',
  'document-extractor',
  'list-operator',
])
/** What the editor keeps although a run does not read it. */
const UNREAD: ReadonlySet<string> = new Set([
  'retry_config',
  'default_value',
  'variable_selector_old',
  'vision',
])

function isSelector(name: string, value: unknown): value is readonly string[] {
  return (
    /(?:^|_)selector$/.test(name) &&
    Array.isArray(value) &&
    value.length >= 2 &&
    value.every((part) => typeof part === 'string' && part !== '')
  )
}
