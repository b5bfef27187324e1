import { types } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { isRecord, shortened } from '../base/values.js'
import type { TextPrompt } from '../versions/prompts/prompt.js'
import { rejectUnknown, shown } from '../base/options.js'
import type { YamlRecord } from '../dify/workflow/nodes.js'
import type { DifyNode, DifyWorkflow } from './dify-workflow.js'
import { otherTextsOfLlmNode, textsOfOtherNode, type NotImported } from './other-texts.js'
import { extractJinjaVariables, extractVariables } from './variables.js'
import { WorkflowError } from './workflow-error.js'

export interface ExtractOptions {
  /** The time that the prompts get as `extracted_at`. */
  readonly extractedAt: Date
}

/** A prompt and the node that it is from. */
export type WorkflowPrompt = TextPrompt & {
  readonly workflow_id: string
  readonly node_id: string
  readonly node_type: string
}

export interface ExtractedPrompts {
  /** In the order of the file: node by node, message by message. */
  readonly prompts: readonly WorkflowPrompt[]
  /** Messages without text, with the ids that they would have. */
  readonly empty: readonly EmptyMessage[]
  /** Nodes with texts other than messages of an LLM node, in the order of the file. */
  readonly notImported: readonly NotImported[]
}

export interface EmptyMessage {
  readonly id: string
  readonly node_id: string
  readonly role: string
}

/** One message of an LLM node; a template that is one mapping has one message. */
interface Message {
  readonly id: string
  readonly node: DifyNode
  /** The message's place in its node, as its prompt's context names it. */
  readonly place: MessagePlace
  readonly role: string
  readonly text: string
  readonly edition: 'basic' | 'jinja2'
}

type MessagePlace = { readonly message_index: number } | { readonly message_field: string }

/** The question of a chatflow's user as the model gets it, after the history. It cannot equal a message index. */
const QUERY_SUFFIX = '_query'
const QUERY_FIELD = 'query_prompt_template'

/** A completion template is one text without a role; the model gets it as the user's. */
const ROLE_OF_A_MAPPING = 'user'

/**
 * Extracts every message text of every LLM node of a workflow. Pure.
 *
 * A prompt's id is `<workflow name>_<node id>`. Where the node's template is a list of several messages,
 * `_<message index>` follows (from 0, counting empty messages, too), so that an id stays the same when another message
 * of the node gets or loses its text. The template of the user's question (`memory.query_prompt_template`) is one more
 * message, with `_query` after the node's id. Throws WorkflowError OPT-EXT-010 if a template has an unknown shape, or
 * if two messages of the file get the same id; TypeError for a wrong argument.
 */
export function extractPrompts(workflow: DifyWorkflow, options: ExtractOptions): ExtractedPrompts {
  checkWorkflow(workflow)
  rejectUnknown(options, ['extractedAt'], 'extractPrompts')
  const extractedAt = timeOf((options as ExtractOptions | undefined)?.extractedAt)
  const messages = workflow.nodes
    .filter(isLlmNode)
    .flatMap((node) => [...messagesOf(node, workflow), ...queryOf(node, workflow)])
  rejectTwins(messages, workflow)
  return {
    prompts: messages.filter(hasText).map((message) => toPrompt(message, workflow, extractedAt)),
    empty: messages
      .filter((message) => !hasText(message))
      .map(({ id, node, role }) => ({ id, node_id: node.id, role })),
    notImported: workflow.nodes.flatMap((node) => {
      const texts = isLlmNode(node) ? otherTextsOfLlmNode(node) : textsOfOtherNode(node)
      return texts ?? []
    }),
  }
}

function checkWorkflow(workflow: unknown): void {
  if (
    isRecord(workflow) &&
    Array.isArray(workflow['nodes']) &&
    typeof workflow['name'] === 'string'
  )
    return
  throw wrongArgument(
    `Argument "workflow" must be what parseWorkflow gives, got ${shown(workflow)}`,
  )
}

/** A `Date` of any realm. */
function timeOf(extractedAt: unknown): string {
  if (types.isDate(extractedAt) && !Number.isNaN(extractedAt.getTime()))
    return extractedAt.toISOString()
  throw wrongArgument(`Option "extractedAt" must be a valid Date, got ${shown(extractedAt)}`)
}

function isLlmNode(node: DifyNode): boolean {
  return node.type === 'llm'
}

function messagesOf(node: DifyNode, workflow: DifyWorkflow): readonly Message[] {
  const template = node.data['prompt_template']
  const path = `${node.path}.data.prompt_template`
  const id = `${workflow.name}_${node.id}`
  if (template === undefined || template === null) return []
  if (isRecord(template)) {
    return [
      toMessage(
        { id, node, index: 0, value: template, path, fallbackRole: ROLE_OF_A_MAPPING },
        workflow,
      ),
    ]
  }
  if (!Array.isArray(template)) {
    throw refusal(workflow, path, 'a list of messages or one mapping', template)
  }
  return template.map((value: unknown, index) =>
    toMessage(
      {
        id: template.length > 1 ? `${id}_${index}` : id,
        node,
        index,
        value,
        path: `${path}[${index}]`,
      },
      workflow,
    ),
  )
}

/** If it is absent or blank, Dify uses the question as it is: it does not count as an empty message. */
function queryOf(node: DifyNode, workflow: DifyWorkflow): readonly Message[] {
  const { memory } = node.data
  const text = isRecord(memory) ? memory[QUERY_FIELD] : undefined
  if (text === undefined || text === null) return []
  const message_field = `memory.${QUERY_FIELD}`
  const path = `${node.path}.data.${message_field}`
  if (typeof text !== 'string') throw refusal(workflow, path, 'a string', text)
  if (text.trim() === '') return []
  const id = `${workflow.name}_${node.id}${QUERY_SUFFIX}`
  return [{ id, node, place: { message_field }, role: 'user', edition: 'basic', text }]
}

interface RawMessage {
  readonly id: string
  readonly node: DifyNode
  readonly index: number
  readonly value: unknown
  readonly path: string
  readonly fallbackRole?: string
}

function toMessage(raw: RawMessage, workflow: DifyWorkflow): Message {
  const { id, node, index, value, path } = raw
  if (!isRecord(value)) throw refusal(workflow, path, 'a mapping with "text"', value)
  const edition = value['edition_type'] === 'jinja2' ? 'jinja2' : 'basic'
  const role = value['role'] ?? raw.fallbackRole
  if (typeof role !== 'string') throw refusal(workflow, `${path}.role`, 'a string', role)
  return {
    id,
    node,
    place: { message_index: index },
    role,
    edition,
    text: textOf(value, edition, path, workflow),
  }
}

function textOf(
  message: YamlRecord,
  edition: Message['edition'],
  path: string,
  workflow: DifyWorkflow,
): string {
  const field = edition === 'jinja2' ? 'jinja2_text' : 'text'
  const text = message[field] ?? ''
  if (typeof text !== 'string') throw refusal(workflow, `${path}.${field}`, 'a string', text)
  return text
}

function hasText(message: Message): boolean {
  return message.text.trim() !== ''
}

function rejectTwins(messages: readonly Message[], workflow: DifyWorkflow): void {
  const seen = new Map<string, Message>()
  for (const message of messages) {
    const twin = seen.get(message.id)
    if (twin !== undefined) {
      throw new WorkflowError(
        'OPT-EXT-010',
        `${workflow.file} has two messages with the prompt id ${shortened(message.id)}: in ${twin.node.path} and ${message.node.path}`,
        { context: { file: workflow.file, prompt_id: message.id } },
      )
    }
    seen.set(message.id, message)
  }
}

function toPrompt(message: Message, workflow: DifyWorkflow, extractedAt: string): WorkflowPrompt {
  const { id, node, role, text, edition } = message
  return {
    id,
    workflow_id: workflow.name,
    node_id: node.id,
    node_type: node.type,
    text,
    role,
    variables:
      edition === 'jinja2'
        ? extractJinjaVariables(text, declaredJinjaVariables(node))
        : extractVariables(text),
    context: contextOf(message, workflow),
    extracted_at: extractedAt,
  }
}

function declaredJinjaVariables(node: DifyNode): readonly string[] {
  const config = node.data['prompt_config']
  const declared = isRecord(config) ? config['jinja2_variables'] : undefined
  if (!Array.isArray(declared)) return []
  return declared.flatMap((entry: unknown) =>
    isRecord(entry) && typeof entry['variable'] === 'string' ? [entry['variable']] : [],
  )
}

/** Facts that help to find the prompt in Dify: they are ignored when versions are compared. */
function contextOf(message: Message, workflow: DifyWorkflow): Record<string, string | number> {
  const { title } = message.node.data
  const model = message.node.data['model']
  return {
    ...(workflow.mode === undefined ? {} : { app_mode: workflow.mode }),
    ...(typeof title === 'string' ? { node_title: title } : {}),
    ...(isRecord(model) && typeof model['name'] === 'string' ? { model: model['name'] } : {}),
    ...message.place,
    edition_type: message.edition,
  }
}

function refusal(
  workflow: DifyWorkflow,
  path: string,
  expected: string,
  got: unknown,
): WorkflowError {
  const kind =
    got === null || got === undefined ? 'nothing' : Array.isArray(got) ? 'a list' : typeof got
  return new WorkflowError(
    'OPT-EXT-010',
    `${workflow.file} has an unknown prompt template: "${path}" must be ${expected}, got ${kind}`,
    { context: { file: workflow.file, path } },
  )
}
