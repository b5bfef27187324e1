import { isRecord } from '../base/values.js'
import type { DifyNode } from './dify-workflow.js'

/** Texts of one node that are not imported. */
export interface NotImported {
  readonly node_id: string
  readonly node_type: string
  /** How many texts. */
  readonly texts: number
}

/**
 * Where nodes of any type, except LLM nodes, have texts that people write for a model or a reader. `*` is each element
 * of a list or each field of a mapping. Source code, requests and the parameters of tools are not texts.
 */
const TEXTS_OF_OTHER_NODES: readonly string[] = [
  'prompt_template',
  'prompt_template.text',
  'prompt_template.*.text',
  'prompt_template.*.jinja2_text',
  'memory.query_prompt_template',
  'instruction',
  'instructions',
  'classes.*.name',
  'parameters.*.description',
  'agent_parameters.instruction.value',
  'agent_parameters.query.value',
  'agent_job.workflow_prompt',
  'agent_job.declared_outputs.*.description',
  'agent_job.declared_outputs.*.check.prompt',
  'template',
  'answer',
  'form_content',
]

/** What an LLM node gives its model besides its messages. */
const MORE_TEXTS_OF_LLM_NODES: readonly string[] = [
  'memory.role_prefix.user',
  'memory.role_prefix.assistant',
  'model.completion_params.json_schema',
]

/** The texts of a node other than an LLM node. Undefined if it has none. */
export function textsOfOtherNode(node: DifyNode): NotImported | undefined {
  return counted(node, countTexts(node, TEXTS_OF_OTHER_NODES))
}

/**
 * The texts of an LLM node that are not messages: the edition of a message that Dify does not use, the prefixes of
 * roles, the descriptions in the schema of a structured output. Undefined if it has none.
 */
export function otherTextsOfLlmNode(node: DifyNode): NotImported | undefined {
  const template = node.data['prompt_template']
  const messages: readonly unknown[] = Array.isArray(template) ? template : [template]
  const texts =
    messages.filter(hasUnusedEdition).length +
    countTexts(node, MORE_TEXTS_OF_LLM_NODES) +
    countDescriptions(node.data['structured_output'])
  return counted(node, texts)
}

function hasUnusedEdition(message: unknown): boolean {
  if (!isRecord(message)) return false
  const [used, unused] = [message['text'], message['jinja2_text']]
  return isText(message['edition_type'] === 'jinja2' ? used : unused) && used !== unused
}

function countTexts({ data }: DifyNode, paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + valuesAt(data, path.split('.')).filter(isText).length, 0)
}

function valuesAt(value: unknown, [step, ...rest]: readonly string[]): readonly unknown[] {
  if (step === undefined) return [value]
  if (step === '*') {
    return isRecord(value) || Array.isArray(value)
      ? Object.values(value).flatMap((item) => valuesAt(item, rest))
      : []
  }
  return isRecord(value) ? valuesAt(value[step], rest) : []
}

/** A schema is as deep as its file may be, so the recursion is bounded. */
function countDescriptions(schema: unknown): number {
  if (typeof schema !== 'object' || schema === null) return 0
  return Object.entries(schema).reduce(
    (sum, [key, value]) =>
      sum + (key === 'description' && isText(value) ? 1 : countDescriptions(value)),
    0,
  )
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function counted(node: DifyNode, texts: number): NotImported | undefined {
  return texts === 0 ? undefined : { node_id: node.id, node_type: node.type, texts }
}
