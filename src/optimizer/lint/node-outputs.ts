import { isRecord } from '../../base/values.js'
import type { DifyNode } from '../../dify/workflow/nodes.js'

/**
 * The names of a node's outputs; undefined where they depend on more than the file, as with tools and triggers.
 * Source: the node types of Dify's graph engine.
 */
export function outputsOf(node: DifyNode): ReadonlySet<string> | undefined {
  const declared = OUTPUTS[node.type]?.(node.data)
  return declared === undefined ? undefined : new Set([...declared, ...OF_EVERY_NODE])
}

/** Names that every node may have: those of a failure that the workflow goes on after. */
const OF_EVERY_NODE: readonly string[] = ['error_type', 'error_message']

type Data = DifyNode['data']

const OUTPUTS: Readonly<Record<string, (data: Data) => readonly string[] | undefined>> = {
  start: (data) => namesIn(data['variables'], 'variable'),
  llm: () => ['text', 'usage', 'structured_output', 'reasoning_content', 'files', 'generation'],
  'question-classifier': () => ['class_name', 'class_id', 'class_label', 'usage'],
  'parameter-extractor': (data) => [
    ...(namesIn(data['parameters'], 'name') ?? []),
    '__is_success',
    '__reason',
    '__usage',
  ],
  'knowledge-retrieval': () => ['result', 'files'],
  'template-transform': () => ['output'],
  'http-request': () => ['body', 'status_code', 'headers', 'files'],
  code: (data) => (isRecord(data['outputs']) ? Object.keys(data['outputs']) : undefined),
  'document-extractor': () => ['text'],
  'list-operator': () => ['result', 'first_record', 'last_record'],
  iteration: () => ['output', 'item', 'index'],
  'variable-aggregator': aggregatorOutputs,
  'if-else': () => ['result', 'selected_case_id'],
  end: () => [],
}

/** One output, or one of each group's name. The older name of the node type is not the one of the assigner's. */
function aggregatorOutputs(data: Data): readonly string[] | undefined {
  const settings = data['advanced_settings']
  if (!isRecord(settings) || settings['group_enabled'] !== true) return ['output']
  return ['output', ...(namesIn(settings['groups'], 'group_name') ?? [])]
}

function namesIn(list: unknown, field: string): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined
  return list.flatMap((item: unknown) => {
    const name = isRecord(item) ? item[field] : undefined
    return typeof name === 'string' ? [name] : []
  })
}
