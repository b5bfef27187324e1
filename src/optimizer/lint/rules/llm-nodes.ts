import { isDeepStrictEqual } from 'node:util'
import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import type { DifyNode } from '../../../dify/workflow/nodes.js'
import { isRecord } from '../../../base/values.js'
import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

const CONTEXT = '{{#context#}}'

/** Knowledge that is given to an LLM node and not put into any of its messages: it is retrieved and not read. */
export function unusedContext(context: LintContext): readonly Fault[] {
  return llmNodes(context).flatMap(({ node, texts }) => {
    if (!hasContext(node) || texts.some(usesContext) || isSeen(node)) return []
    if (texts.some(({ syntax }) => syntax === 'jinja2')) return []
    return [
      {
        message: `The context is switched on, and no message has ${CONTEXT}: it does not reach the model`,
        remedy: `Put ${CONTEXT} into a message, or switch the context off`,
        pointer: `${node.pointer ?? ''}/data/context`,
        node,
      },
    ]
  })
}

/** `{{#context#}}` in an LLM node that has no context. */
export function missingContext(context: LintContext): readonly Fault[] {
  return llmNodes(context).flatMap(({ node, texts }) =>
    hasContext(node)
      ? []
      : texts
          .filter(({ syntax, text }) => syntax === 'basic' && text.includes(CONTEXT))
          .map((text) => ({
            message: `${CONTEXT} has no context: it is switched off, or no variable is selected`,
            remedy: `Select a context for the node, or remove ${CONTEXT}`,
            pointer: text.pointer,
            node,
            within: { text: CONTEXT, occurrence: 0 },
          })),
  )
}

/** A message in the mode of Jinja2 without a Jinja2 text: Dify sends nothing, although `text` is filled. */
export function emptyJinja2(context: LintContext): readonly Fault[] {
  return llmNodes(context).flatMap(({ node }) =>
    messagesOf(node).flatMap(({ message, pointer }) => {
      if (message['edition_type'] !== 'jinja2') return []
      if (!isBlank(message['jinja2_text']) || isBlank(message['text'])) return []
      return [
        {
          message:
            'The message is in the mode of Jinja2 and has no Jinja2 text: the model gets an empty message',
          remedy: 'Write the text into "jinja2_text", or switch the message to the basic mode',
          pointer: `${pointer}/jinja2_text`,
          node,
        },
      ]
    }),
  )
}

/** An LLM node whose messages are all blank, without a memory that adds the question: Dify fails the node. */
export function noPrompt(context: LintContext): readonly Fault[] {
  return llmNodes(context).flatMap(({ node, texts }) => {
    const hasMemory = isRecord(node.data['memory']) && context.file.mode === 'advanced-chat'
    if (hasMemory || texts.some(({ text }) => text.trim() !== '')) return []
    if (isRecord(node.data['vision']) && node.data['vision']['enabled'] === true) return []
    return [
      {
        message: 'The node has no message with a text: Dify fails it with "No prompt found"',
        remedy: 'Write a message, or switch the memory on',
        pointer: `${node.pointer ?? ''}/data/prompt_template`,
        node,
      },
    ]
  })
}

interface LlmNode {
  readonly node: DifyNode
  readonly texts: readonly CarriedText[]
}

function llmNodes({ file, graph, textsOf }: LintContext): readonly LlmNode[] {
  return file.nodes
    .filter(({ id, type }) => type === 'llm' && graph.isReached(id))
    .map((node) => ({ node, texts: textsOf.get(node.id) ?? [] }))
}

function hasContext({ data }: DifyNode): boolean {
  const { context } = data
  if (!isRecord(context) || context['enabled'] !== true) return false
  const selector = context['variable_selector']
  return Array.isArray(selector) && selector.length > 0
}

/** Whether the model gets the context as an image or a file, by its vision. */
function isSeen({ data: { context, vision } }: DifyNode): boolean {
  if (!isRecord(context) || !isRecord(vision) || vision['enabled'] !== true) return false
  const { configs } = vision
  const seen = isRecord(configs) ? configs['variable_selector'] : undefined
  return isDeepStrictEqual(seen, context['variable_selector'])
}

/** In either grammar, or by a reference to what the context is. */
function usesContext({ text, node }: CarriedText): boolean {
  if (text.includes(CONTEXT) || /\{\{\s{0,10}context\b/.test(text)) return true
  const context = node?.data['context']
  const selector = isRecord(context) ? context['variable_selector'] : undefined
  return Array.isArray(selector) && text.includes(`{{#${selector.join('.')}#}}`)
}

interface Message {
  readonly message: Readonly<Record<string, unknown>>
  readonly pointer: string
}

/** The messages of a list, or the one of a completion model. */
function messagesOf({ data, pointer = '' }: DifyNode): readonly Message[] {
  const template = data['prompt_template']
  const at = `${pointer}/data/prompt_template`
  if (isRecord(template)) return [{ message: template, pointer: at }]
  if (!Array.isArray(template)) return []
  return template.flatMap((message: unknown, index) =>
    isRecord(message) ? [{ message, pointer: `${at}/${index}` }] : [],
  )
}

function isBlank(text: unknown): boolean {
  return typeof text !== 'string' || text.trim() === ''
}
