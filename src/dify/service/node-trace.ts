import { countOf, listOf, recordOf, textOf, type AnswerRecord } from './answers.js'
import { addPrices, priceOf } from './prices.js'

/** A message that a node sent to its model, with all variables filled in. */
export interface TracedMessage {
  readonly role: string
  readonly text: string
}

export type NodeStatus =
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'exception'
  | 'stopped'
  | 'paused'
  | 'retry'
  | 'unknown'

/** One execution of one node in a run. Times in seconds. */
export interface NodeTrace {
  /** Of this execution: a node in an iteration has one for each round. */
  readonly execution_id: string
  readonly node_id: string
  readonly node_type: string
  readonly title: string
  /** When it began among the nodes of the run, from 1; 0 if Dify did not say. */
  readonly index: number
  /** `exception`: it failed, and the run went on by its error strategy. `unknown`: a status that is not documented. */
  readonly status: NodeStatus
  readonly inputs: AnswerRecord
  readonly outputs: AnswerRecord
  /** What the model was sent, for nodes that call one. */
  readonly prompts: readonly TracedMessage[]
  readonly error?: string
  readonly elapsed_time: number
  readonly total_tokens: number
  /** Exact, in `currency`. "0" for nodes without a price. */
  readonly total_price: string
  readonly currency?: string
  readonly iteration_id?: string
  readonly loop_id?: string
  /** How often Dify executed it again after a failure. */
  readonly retries: number
  /** Which of `inputs`, `process_data` and `outputs` Dify shortened in the event. */
  readonly truncated: readonly string[]
}

const STATUSES: readonly NodeStatus[] = [
  'pending',
  'running',
  'succeeded',
  'failed',
  'exception',
  'stopped',
  'paused',
  'retry',
]
/** Their tokens and prices are sums of the nodes inside them. */
const CONTAINERS = ['iteration', 'loop']

/** The trace of a node from the data of its events. */
export function nodeTrace(data: AnswerRecord, retries: number): NodeTrace {
  const metadata = recordOf(data['execution_metadata'])
  const status = STATUSES.find((known) => known === data['status'])
  const processed = recordOf(data['process_data'])
  return {
    execution_id: textOf(data['id']) ?? '',
    node_id: textOf(data['node_id']) ?? '',
    node_type: textOf(data['node_type']) ?? '',
    title: textOf(data['title']) ?? '',
    index: countOf(data['index']),
    status: status ?? (data['status'] === undefined ? 'running' : 'unknown'),
    inputs: recordOf(data['inputs']),
    outputs: recordOf(data['outputs']),
    prompts: listOf(processed['prompts']).map(tracedMessage),
    ...optional('error', textOf(data['error'])),
    elapsed_time: countOf(data['elapsed_time']),
    total_tokens: countOf(metadata['total_tokens']),
    total_price: priceOf(metadata['total_price']) ?? '0',
    ...optional('currency', textOf(metadata['currency'])),
    ...optional('iteration_id', textOf(metadata['iteration_id']) ?? textOf(data['iteration_id'])),
    ...optional('loop_id', textOf(metadata['loop_id']) ?? textOf(data['loop_id'])),
    retries,
    truncated: ['inputs', 'process_data', 'outputs'].filter(
      (name) => data[`${name}_truncated`] === true,
    ),
  }
}

/** What the nodes of a run cost together: containers only repeat what is inside them. */
export function totalPrice(traces: readonly NodeTrace[]): string {
  return traces
    .filter(({ node_type: type }) => !CONTAINERS.includes(type))
    .reduce((sum, trace) => addPrices(sum, trace.total_price), '0')
}

/** The key with its value; nothing without a value. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [Name in Key]?: Value })
}

/** A message is a text, or a list of parts of which some are files. */
function tracedMessage(message: unknown): TracedMessage {
  const { role, text, content } = recordOf(message)
  const parts = listOf(content).map((part) =>
    textOf(recordOf(part)['text'] ?? recordOf(part)['data']),
  )
  const joined = parts.filter((part) => part !== undefined).join('\n')
  return { role: textOf(role) ?? '', text: textOf(text) ?? textOf(content) ?? joined }
}
