import type { NodeTrace } from './node-trace.js'
import type { AnswerRecord } from './answers.js'

/**
 * How a run ended. `partial-succeeded`: nodes failed, and their error strategies went on. `paused`: it waits for a
 * person. `unknown`: a status that is not documented.
 */
export type RunStatus =
  | 'scheduled'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'stopped'
  | 'partial-succeeded'
  | 'paused'
  | 'unknown'

/** A run that has ended or paused. Times in seconds. */
export interface RunOutcome {
  readonly run_id: string
  readonly task_id: string
  /** The published version that ran. */
  readonly workflow_id: string
  readonly status: RunStatus
  readonly outputs: AnswerRecord
  /** Why it failed, as Dify says it. */
  readonly error?: string
  readonly elapsed_time: number
  readonly total_tokens: number
  readonly total_steps: number
  /** The exact sum of the prices of its nodes, in `currency`. It lacks those of nodes that are missing in `traces`. */
  readonly total_price: string
  readonly currency?: string
  /** The executions of its nodes, in the order of their beginning. */
  readonly traces: readonly NodeTrace[]
  /** False if the stream broke and events of nodes were missed. */
  readonly traces_complete: boolean
  /**
   * How its end became known: from its stream, from events that were resumed after a broken connection, or by asking
   * for the run.
   */
  readonly known_by: 'stream' | 'resumed_stream' | 'lookup'
  /** How many requests it took to begin it. */
  readonly attempts: number
}

/** A run as the service lists it: without its nodes. */
export interface RunSummary {
  readonly run_id: string
  readonly workflow_id: string
  readonly status: RunStatus
  readonly inputs: AnswerRecord
  readonly outputs: AnswerRecord
  readonly error?: string
  readonly elapsed_time: number
  readonly total_tokens: number
  readonly total_steps: number
  /** ISO 8601, in UTC; '' if the service did not say. */
  readonly created_at: string
  readonly finished_at: string
}

/** The answer of an app with a conversation, or of one that completes a text. */
export interface ChatOutcome {
  readonly task_id: string
  readonly message_id: string
  /** '' for apps that complete a text. */
  readonly conversation_id: string
  readonly answer: string
  /** The whole run behind the answer, for chatflows. */
  readonly run?: RunOutcome
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  /** Exact, in `currency`. */
  readonly total_price: string
  readonly currency?: string
  /** How long the model took, in seconds, as Dify says it. */
  readonly latency: number
  /** Passages that were found in knowledge bases, as Dify describes them. */
  readonly retrieved: readonly AnswerRecord[]
  /** The steps of an agent, as Dify describes them. */
  readonly thoughts: readonly AnswerRecord[]
  /** False if the connection ended after the answer, and the usage of tokens is not known. */
  readonly usage_known: boolean
  readonly attempts: number
}

const STATUSES: readonly RunStatus[] = [
  'scheduled',
  'running',
  'succeeded',
  'failed',
  'stopped',
  'partial-succeeded',
  'paused',
]

export function runStatus(value: unknown): RunStatus {
  return STATUSES.find((known) => known === value) ?? 'unknown'
}

/** Whether a run with this status goes on by itself. */
export function isUnderWay(status: RunStatus): boolean {
  return status === 'running' || status === 'scheduled'
}
