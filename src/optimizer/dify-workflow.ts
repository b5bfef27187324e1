import { types } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { isRecord, type YamlRecord, parseYaml, WORKFLOW_BYTES_MAX } from './yaml-source.js'
import { integerOption, rejectUnknown, shown } from '../base/options.js'
import { WorkflowError } from './workflow-error.js'

/** A workflow as Dify exports it: the parts that its prompts need. */
export interface DifyWorkflow {
  /** The file it came from, as the caller named it. */
  readonly file: string
  /** `app.name`; if that is missing or blank, the file's name without directory and extension. */
  readonly name: string
  /** `app.mode`: workflow, advanced-chat, ... */
  readonly mode: string | undefined
  /** All nodes, those inside iterations and loops included: Dify keeps one flat list. */
  readonly nodes: readonly DifyNode[]
}

export interface DifyNode {
  readonly id: string
  /** `data.type`, the real one: the outer `type` of a Dify node only says how it is drawn. */
  readonly type: string
  readonly data: YamlRecord
  /** Its place in the file, for messages. */
  readonly path: string
}

export interface WorkflowOptions {
  /** The largest file that is read, in bytes of UTF-8. Default 1 MiB, at most 64 MiB. */
  readonly fileBytesMax?: number | undefined
}

/** Time and memory grow with the length of a file; Dify itself accepts 10 MiB. */
const FILE_BYTES_MAX = 64 * 1024 * 1024

/** @throws TypeError or RangeError for a value that is not a number of bytes */
export function fileBytesMaxOption(value: unknown): number {
  const rule = { min: 1, max: FILE_BYTES_MAX, default: WORKFLOW_BYTES_MAX }
  return integerOption('fileBytesMax', value, rule)
}

/**
 * Reads one exported workflow. Throws WorkflowError: OPT-EXT-003 if it is not YAML, OPT-EXT-010 if it is not a Dify
 * workflow (the message says what is missing). Time and memory grow with the length of the file only.
 * @param file names the file in messages
 * @throws TypeError for a wrong argument
 */
export function parseWorkflow(
  source: Uint8Array | string,
  file: string,
  options: WorkflowOptions = {},
): DifyWorkflow {
  checkSource(source, file)
  rejectUnknown(options, ['fileBytesMax'], 'parseWorkflow')
  const root = parseYaml(source, file, fileBytesMaxOption(options.fileBytesMax))
  if (!isRecord(root)) throw refusal(file, 'it is not a mapping at the top')
  if (root['kind'] !== undefined && root['kind'] !== 'app') {
    throw refusal(file, `its "kind" is ${JSON.stringify(root['kind'])}, expected "app"`)
  }
  const app = isRecord(root['app']) ? root['app'] : {}
  return {
    file,
    name: workflowName(app['name'], file),
    mode: typeof app['mode'] === 'string' ? app['mode'] : undefined,
    nodes: nodeList(root, file).map((node, index) => parseNode(node, index, file)),
  }
}

function checkSource(source: unknown, file: unknown): void {
  if (typeof source !== 'string' && !types.isUint8Array(source))
    throw wrongArgument(
      `Argument "source" must be a text or its bytes as Uint8Array, got ${shown(source)}`,
    )
  if (typeof file !== 'string' || file === '')
    throw wrongArgument(
      `Argument "file" must be a non-empty string, the name of the file for messages, got ${shown(file)}`,
    )
}

function nodeList(root: YamlRecord, file: string): readonly unknown[] {
  const workflow = root['workflow']
  if (!isRecord(workflow)) {
    const hint = isRecord(root['model_config'])
      ? ' (it is an app with one prompt, not a workflow)'
      : ''
    throw refusal(file, `it has no "workflow" mapping${hint}`)
  }
  const graph = workflow['graph']
  if (!isRecord(graph) || !Array.isArray(graph['nodes'])) {
    throw refusal(file, 'it has no list at "workflow.graph.nodes"')
  }
  return graph['nodes']
}

function parseNode(node: unknown, index: number, file: string): DifyNode {
  const path = `workflow.graph.nodes[${index}]`
  if (!isRecord(node)) throw refusal(file, `"${path}" is not a mapping`)
  const { id } = node
  if (typeof id !== 'string' || id === '') throw refusal(file, `"${path}.id" is missing`)
  const data = isRecord(node['data']) ? node['data'] : {}
  return { id, type: typeof data['type'] === 'string' ? data['type'] : '', data, path }
}

function workflowName(name: unknown, file: string): string {
  if (typeof name === 'string' && name.trim() !== '') return name
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
  return base.replace(/\.ya?ml$/i, '').trim()
}

function refusal(file: string, reason: string): WorkflowError {
  return new WorkflowError('OPT-EXT-010', `${file} is not a Dify workflow: ${reason}`, {
    context: { file, reason },
  })
}
