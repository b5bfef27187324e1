import type { DifyNode } from '../../dify/workflow/nodes.js'
import { isRecord } from '../../base/values.js'
import type { LintContext } from './lint-context.js'
import { outputsOf } from './node-outputs.js'

/** Why a reference cannot be resolved, and what to do. */
export interface Reason {
  readonly message: string
  readonly remedy: string
}

/** Names after `sys` in the engine. Those of a conversation exist in chatflows alone. */
const SYSTEM: ReadonlySet<string> = new Set([
  'query',
  'files',
  'conversation_id',
  'dialogue_count',
  'user_id',
  'app_id',
  'workflow_id',
  'workflow_run_id',
  'timestamp',
  'document_id',
  'original_document_id',
  'batch',
  'dataset_id',
  'datasource_type',
  'datasource_info',
  'invoke_from',
])
const OF_CHATFLOWS: ReadonlySet<string> = new Set(['query', 'conversation_id', 'dialogue_count'])

/**
 * Why Dify cannot resolve a reference in a node, undefined if it can, or if the file alone does not say.
 *
 * @param parts the names between the dots
 * @param node the node that has the reference; none for texts of the app as a whole
 */
export function reasonOf(
  parts: readonly string[],
  node: DifyNode | undefined,
  context: LintContext,
): Reason | undefined {
  const [first = '', second = ''] = parts
  switch (first) {
    case 'sys':
      return reasonOfSystem(second, context)
    case 'env':
      return reasonOfVariable(second, context.environment, 'environment')
    case 'conversation':
      return reasonOfVariable(second, context.conversation, 'conversation')
    case 'rag':
      return undefined
    default:
      return reasonOfNode(first, second, node, context)
  }
}

function reasonOfSystem(name: string, { file }: LintContext): Reason | undefined {
  if (!SYSTEM.has(name))
    return {
      message: `there is no system variable "${name}"`,
      remedy: `Use one of ${[...SYSTEM].slice(0, 8).join(', ')}`,
    }
  if (file.mode !== 'workflow' || !OF_CHATFLOWS.has(name)) return undefined
  return {
    message: `"sys.${name}" exists in chatflows, and this is a workflow`,
    remedy: 'Add an input to the start node, and refer to it',
  }
}

function reasonOfVariable(
  name: string,
  known: ReadonlySet<string>,
  kind: string,
): Reason | undefined {
  if (known.has(name)) return undefined
  return {
    message: `the workflow has no ${kind} variable "${name}"`,
    remedy: known.size === 0 ? `Add the ${kind} variable` : `Use one of ${[...known].join(', ')}`,
  }
}

function reasonOfNode(
  id: string,
  output: string,
  node: DifyNode | undefined,
  context: LintContext,
): Reason | undefined {
  const { graph } = context
  const source = graph.nodes.get(id)
  if (source === undefined)
    return {
      message: `the workflow has no node with the id "${id}"`,
      remedy: 'Refer to a node of this workflow',
    }
  const outputs = source.type === 'loop' ? loopOutputs(source) : outputsOf(source)
  if (outputs !== undefined && !outputs.has(output) && !isSystemOfStart(source, output))
    return {
      message: `the node ${nameOf(source)} has no output "${output}"`,
      remedy: `Use one of its outputs: ${[...outputs].slice(0, 8).join(', ')}`,
    }
  return node === undefined ? undefined : reasonOfOrder(source, output, node, context)
}

function reasonOfOrder(
  source: DifyNode,
  output: string,
  node: DifyNode,
  { graph }: LintContext,
): Reason | undefined {
  // A node without a way from the start is a draft: its place says nothing yet.
  if (!graph.isReached(node.id)) return undefined
  const around = graph.containersOf(node.id)
  if (around.includes(source.id)) return undefined
  if (source.type === 'iteration' && ['item', 'index'].includes(output))
    return {
      message: `"${output}" exists only inside the iteration ${nameOf(source)}`,
      remedy: 'Refer to its "output", or move the node into the iteration',
    }
  const [container] = graph.containersOf(source.id)
  if (container !== undefined && !around.includes(container))
    return {
      message: `the node ${nameOf(source)} is inside ${nameOf(graph.nodes.get(container) ?? source)}, and its outputs end with it`,
      remedy: 'Refer to the output of the iteration or loop',
    }
  // In a loop, what comes later has a value from the round before; what is not connected is a draft.
  if (container !== undefined || source.id === node.id) return undefined
  if (graph.above(node.id).has(source.id) || !graph.isReached(source.id)) return undefined
  return {
    message: `the node ${nameOf(source)} does not run before this one`,
    remedy: 'Connect it above this node, or refer to a node that runs before',
  }
}

function loopOutputs({ data }: DifyNode): ReadonlySet<string> | undefined {
  const variables = data['loop_variables']
  if (!Array.isArray(variables)) return undefined
  const labels = variables.flatMap((item: unknown) =>
    isRecord(item) && typeof item['label'] === 'string' ? [item['label']] : [],
  )
  return new Set([...labels, 'loop_round', 'index', 'error_type', 'error_message'])
}

/** Older files write system variables as outputs of the start node. */
function isSystemOfStart({ type }: DifyNode, output: string): boolean {
  return type === 'start' && (output.startsWith('sys.') || output === 'sys')
}

function nameOf({ title, id }: DifyNode): string {
  return title === undefined || title === '' ? `"${id}"` : `"${title}"`
}
