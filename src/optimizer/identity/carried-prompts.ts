import type { CarriedText, DifyFile } from '../../dify/workflow/dify-file.js'
import { otherTextsOfLlmNode, type NotImported } from '../other-texts.js'
import type { WorkflowPrompt } from '../extract-prompts.js'
import { extractJinjaVariables, extractVariables } from '../variables.js'
import type { FoundPrompt } from './match-prompts.js'
import { NO_NODE } from './prompt-ids.js'

/** A text of a file that is a prompt. */
export interface CarriedPrompt extends FoundPrompt {
  readonly role: string
  readonly carried: CarriedText
}

/** The texts of a file, by what becomes of them. */
export interface CarriedPrompts {
  /** In the order of the file, the messages of a node before its query. */
  readonly prompts: readonly CarriedPrompt[]
  /** Messages of LLM nodes without text. */
  readonly empty: readonly CarriedPrompt[]
  /** Nodes with texts that are not prompts. */
  readonly notImported: readonly NotImported[]
}

/**
 * Sorts the texts of a file. Pure.
 *
 * @param optionalTexts whether texts for the app's user, such as answers and openings, count as prompts
 */
export function carriedPrompts(file: DifyFile, optionalTexts: boolean): CarriedPrompts {
  const wanted = inOrder(file.texts)
    .filter(({ optional }) => optionalTexts || !optional)
    .map(carriedPrompt)
  return {
    prompts: wanted.filter(({ text }) => text.trim() !== ''),
    empty: wanted.filter(
      ({ text, carrier }) =>
        text.trim() === '' && carrier.startsWith('llm.') && carrier !== 'llm.memory_query',
    ),
    notImported: notImportedOf(file, optionalTexts),
  }
}

/** As in the file, but a node's messages before the query that the model gets after them. */
function inOrder(texts: readonly CarriedText[]): readonly CarriedText[] {
  const nodes = new Map<unknown, CarriedText[]>()
  for (const text of texts) {
    const owner = text.node?.path
    const own = nodes.get(owner)
    if (own === undefined) nodes.set(owner, [text])
    else own.push(text)
  }
  const isQuery = ({ carrier }: CarriedText): boolean => carrier === 'llm.memory_query'
  return [...nodes.values()].flatMap((own) => [
    ...own.filter((text) => !isQuery(text)),
    ...own.filter(isQuery),
  ])
}

function carriedPrompt(carried: CarriedText): CarriedPrompt {
  const { node, carrier, messageId, position, text } = carried
  return {
    nodeId: node?.id ?? NO_NODE,
    nodeType: node?.type ?? 'app',
    carrier,
    role: carried.role ?? (/query$|completion/.test(carrier) ? 'user' : 'system'),
    messageId,
    position,
    text,
    carried,
  }
}

function notImportedOf(file: DifyFile, optionalTexts: boolean): readonly NotImported[] {
  return file.nodes.flatMap((node) => {
    const optional = file.texts.filter(
      (text) =>
        !optionalTexts && text.optional && text.node?.id === node.id && text.text.trim() !== '',
    ).length
    const others = node.type === 'llm' ? (otherTextsOfLlmNode(node)?.texts ?? 0) : 0
    const texts = optional + others
    return texts === 0 ? [] : [{ node_id: node.id, node_type: node.type, texts }]
  })
}

/** What a prompt of a workflow has besides its text. */
export interface PromptPlace {
  readonly id: string
  readonly workflowId: string
  readonly extractedAt: string
  /** The path of the file; undefined for standard input. */
  readonly source: string | undefined
}

/** A text as a prompt. Its context has facts that help to find it in Dify; they are ignored when versions are compared. */
export function workflowPrompt(
  { carried, nodeId, nodeType, role, text, messageId }: CarriedPrompt,
  file: DifyFile,
  { id, workflowId, extractedAt, source }: PromptPlace,
): WorkflowPrompt {
  const model = carried.node?.data['model']
  const name = isNamed(model) ? model.name : undefined
  return {
    id,
    workflow_id: workflowId,
    node_id: nodeId,
    node_type: nodeType,
    text,
    role,
    variables: variablesOf(carried),
    context: {
      ...(file.name === workflowId ? {} : { app_name: file.name }),
      ...(file.mode === undefined ? {} : { app_mode: file.mode }),
      ...(carried.node?.title === undefined ? {} : { node_title: carried.node.title }),
      ...(name === undefined ? {} : { model: name }),
      carrier: carried.carrier,
      ...placeOf(carried),
      ...(messageId === undefined ? {} : { message_id: messageId }),
      edition_type: carried.syntax === 'jinja2' ? 'jinja2' : 'basic',
      pointer: carried.pointer,
      ...(source === undefined ? {} : { source_file: source }),
    },
    extracted_at: extractedAt,
  }
}

function isNamed(model: unknown): model is { readonly name: string } {
  return typeof (model as { readonly name?: unknown } | null | undefined)?.name === 'string'
}

/** The index of a message of an LLM node; the field of every other text, below the node's data. */
function placeOf({
  carrier,
  pointer,
  position,
  node,
}: CarriedText): Record<string, string | number> {
  if (/^llm\.(chat|jinja2|completion)/.test(carrier)) return { message_index: position }
  const field = node === undefined ? pointer.slice(1) : pointer.replace(/^.*?\/data\//, '')
  return { message_field: field.replaceAll('/', '.') }
}

function variablesOf({ syntax, text, node }: CarriedText): readonly string[] {
  if (syntax === 'plain') return []
  if (syntax !== 'jinja2') return extractVariables(text)
  return extractJinjaVariables(text, [
    ...declaredIn(node?.data['variables']),
    ...declaredIn((node?.data['prompt_config'] as Declaring | null | undefined)?.jinja2_variables),
  ])
}

interface Declaring {
  readonly jinja2_variables?: unknown
}

function declaredIn(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => {
    const variable = (entry as { readonly variable?: unknown } | null)?.variable
    return typeof variable === 'string' ? [variable] : []
  })
}
