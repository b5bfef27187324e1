import { countOf, jsonRecordOf, recordOf, textOf, type AnswerRecord } from './answers.js'
import type { DifyEvent } from './events.js'
import { refusalError } from './failures.js'
import { nodeTrace, optional, totalPrice, type NodeTrace } from './node-trace.js'
import { runStatus, type RunOutcome, type RunSummary } from './run-outcome.js'

/** The names under which Dify knows what is under way. */
export interface RunIds {
  readonly task_id: string
  /** '' for apps without a workflow. */
  readonly run_id: string
}

/** Puts the events of one run together. Events may be repeated, as those of a resumed stream are. */
export class RunEvents {
  readonly #call: string
  readonly #nodes = new Map<string, NodeTrace>()
  readonly #begun = new Map<string, AnswerRecord>()
  readonly #retries = new Map<string, number>()
  #taskId = ''
  #runId = ''
  #workflowId = ''
  #end: AnswerRecord | undefined

  /** @param call names the request in messages */
  constructor(call: string) {
    this.#call = call
  }

  get ids(): RunIds {
    return { task_id: this.#taskId, run_id: this.#runId }
  }

  /** Whether the run has ended or paused. */
  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Whether it waits for a person. */
  get isPaused(): boolean {
    return this.#end?.['status'] === 'paused'
  }

  /** Whether as many nodes have finished as the run has steps. False if the run does not say how many. */
  get hasAllNodes(): boolean {
    const steps = countOf(this.#end?.['total_steps'])
    return steps > 0 && this.#nodes.size >= steps
  }

  /** @throws DifyError for an `error` event, which ends a stream under HTTP 200 */
  add({ event, body }: DifyEvent): void {
    this.#taskId ||= textOf(body['task_id']) ?? ''
    this.#runId ||= textOf(body['workflow_run_id']) ?? ''
    const data = recordOf(body['data'])
    if (event === 'workflow_started') this.#begin(data)
    else if (event === 'node_started') this.#begun.set(executionOf(data), data)
    else if (event === 'node_retry') this.#countRetry(data)
    else if (event === 'node_finished') this.#finishNode(data)
    else if (event === 'workflow_finished') this.#end = data
    else if (event === 'workflow_paused') this.#end ??= { ...data, status: 'paused' }
    else if (event === 'error') throw this.#failure(body)
  }

  #begin(data: AnswerRecord): void {
    this.#runId ||= textOf(data['id']) ?? ''
    this.#workflowId = textOf(data['workflow_id']) ?? ''
  }

  /** The run as its events tell it. */
  outcome(known: Pick<RunOutcome, 'attempts' | 'known_by' | 'traces_complete'>): RunOutcome {
    const end = this.#end ?? {}
    return this.#with(known, {
      workflow_id: textOf(end['workflow_id']) ?? this.#workflowId,
      status: runStatus(end['status']),
      outputs: jsonRecordOf(end['outputs']),
      ...optional('error', textOf(end['error'])),
      elapsed_time: countOf(end['elapsed_time']),
      total_tokens: countOf(end['total_tokens']),
      total_steps: countOf(end['total_steps']),
    })
  }

  /** The run as the service describes it, with the nodes whose events arrived. */
  outcomeOf(summary: RunSummary, attempts: number): RunOutcome {
    const { inputs: _, created_at: __, finished_at: ___, ...end } = summary
    return this.#with({ attempts, known_by: 'lookup', traces_complete: false }, end)
  }

  #with(
    known: Pick<RunOutcome, 'attempts' | 'known_by' | 'traces_complete'>,
    end: Omit<RunSummary, 'run_id' | 'inputs' | 'created_at' | 'finished_at'>,
  ): RunOutcome {
    const traces = this.#traces()
    return {
      ...this.ids,
      ...end,
      total_price: totalPrice(traces),
      ...optional('currency', traces.find(({ currency }) => currency !== undefined)?.currency),
      traces,
      ...known,
    }
  }

  /** In the order of their beginning. Nodes that did not finish are part of it, as `running`. */
  #traces(): NodeTrace[] {
    const ids = new Set([...this.#begun.keys(), ...this.#nodes.keys()])
    return [...ids].map(
      (id) =>
        this.#nodes.get(id) ?? nodeTrace(this.#begun.get(id) ?? {}, this.#retries.get(id) ?? 0),
    )
  }

  #countRetry(data: AnswerRecord): void {
    const id = executionOf(data)
    const counted = (this.#retries.get(id) ?? 0) + 1
    this.#retries.set(id, Math.max(counted, countOf(data['retry_index'])))
  }

  #finishNode(data: AnswerRecord): void {
    const id = executionOf(data)
    this.#nodes.set(id, nodeTrace({ ...this.#begun.get(id), ...data }, this.#retries.get(id) ?? 0))
  }

  #failure(body: AnswerRecord): Error {
    const given = { status: countOf(body['status']) || 500, code: body['code'] }
    const text = JSON.stringify({ code: given.code, message: body['message'] })
    const call = `An event of ${this.#call}`
    return refusalError(
      { call, status: given.status, contentType: 'application/json', body: text },
      { run_id: this.#runId, task_id: this.#taskId },
    )
  }
}

/** The name of one execution of a node. Old versions of Dify give none for retries: then it is the node's. */
function executionOf(data: AnswerRecord): string {
  return textOf(data['id']) ?? textOf(data['node_id']) ?? ''
}

/** A run in an answer of the service. Times are seconds since 1970. */
export function runSummary(answer: unknown): RunSummary {
  const run = recordOf(answer)
  return {
    run_id: textOf(run['id']) ?? '',
    workflow_id: textOf(run['workflow_id']) ?? '',
    status: runStatus(run['status']),
    inputs: jsonRecordOf(run['inputs']),
    outputs: jsonRecordOf(run['outputs']),
    ...optional('error', textOf(run['error'])),
    elapsed_time: countOf(run['elapsed_time']),
    total_tokens: countOf(run['total_tokens']),
    total_steps: countOf(run['total_steps']),
    created_at: timeOf(run['created_at']),
    finished_at: timeOf(run['finished_at']),
  }
}

/** The last second that a `Date` can hold. */
const SECONDS_MAX = 8_640_000_000_000

function timeOf(seconds: unknown): string {
  const since = countOf(seconds)
  return since === 0 || since > SECONDS_MAX ? '' : new Date(since * 1000).toISOString()
}
