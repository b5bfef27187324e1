import { countOf, listOf, recordOf, textOf, type AnswerRecord } from './answers.js'
import type { DifyEvent } from './events.js'
import { optional } from './node-trace.js'
import { priceOf } from './prices.js'
import { RunEvents } from './run-events.js'
import type { ChatOutcome } from './run-outcome.js'

/** Puts the events of one answer together: of a chat, of a completion, and of the run behind a chatflow. */
export class ChatEvents {
  readonly run: RunEvents
  readonly #thoughts = new Map<string, AnswerRecord>()
  #answer = ''
  #messageId = ''
  #conversationId = ''
  #hasRun = false
  #end: AnswerRecord | undefined

  /** @param call names the request in messages */
  constructor(call: string) {
    this.run = new RunEvents(call)
  }

  /**
   * Whether nothing more is expected. A chatflow ends its message before its run, some versions the other way round; a
   * run that paused has no end of a message.
   */
  get isComplete(): boolean {
    if (!this.#hasRun) return this.#end !== undefined
    return this.run.hasEnded && (this.#end !== undefined || this.run.isPaused)
  }

  /** @throws DifyError for an `error` event, which ends a stream under HTTP 200 */
  add(event: DifyEvent): void {
    this.run.add(event)
    const { body } = event
    this.#messageId ||= textOf(body['message_id']) ?? ''
    this.#conversationId ||= textOf(body['conversation_id']) ?? ''
    switch (event.event) {
      case 'workflow_started':
        this.#hasRun = true
        break
      case 'message':
      case 'agent_message':
        this.#answer += textOf(body['answer']) ?? ''
        break
      case 'message_replace':
        this.#answer = textOf(body['answer']) ?? ''
        break
      case 'agent_thought':
        // A thought is sent again when more of it is known.
        this.#thoughts.set(textOf(body['id']) ?? `${this.#thoughts.size}`, body)
        break
      case 'message_end':
        this.#end = body
        break
      default:
    }
  }

  /** The answer, without the run behind it. */
  outcome(attempts: number): Omit<ChatOutcome, 'run'> {
    const metadata = recordOf(this.#end?.['metadata'])
    const usage = recordOf(metadata['usage'])
    return {
      task_id: this.run.ids.task_id,
      message_id: this.#messageId,
      conversation_id: this.#conversationId,
      answer: this.#answer,
      prompt_tokens: countOf(usage['prompt_tokens']),
      completion_tokens: countOf(usage['completion_tokens']),
      total_tokens: countOf(usage['total_tokens']),
      total_price: priceOf(usage['total_price']) ?? '0',
      ...optional('currency', textOf(usage['currency'])),
      latency: countOf(usage['latency']),
      retrieved: listOf(metadata['retriever_resources']).map(recordOf),
      thoughts: [...this.#thoughts.values()],
      usage_known: metadata['usage'] !== undefined,
      attempts,
    }
  }

  /** Whether a run is behind the answer. */
  get hasRun(): boolean {
    return this.#hasRun
  }
}
