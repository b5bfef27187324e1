import { rejectUnknown, stringOption } from '../../base/options.js'
import { listOf, recordOf, textOf, type AnswerRecord } from './answers.js'
import { ChatEvents } from './chat-events.js'
import {
  resolveClientOptions,
  type ClientOptions,
  type DifyClientOptions,
} from './client-options.js'
import { formError } from './failures.js'
import { RunFollower, type Begun, type Collected, type Followed } from './followed-run.js'
import { DifyHttp, nameOf, type DifyCall } from './http.js'
import type {
  AppInfo,
  DifyChatRequest,
  CompletionRequest,
  GenerateOptions,
  RunRequest,
  UploadedFile,
} from './requests.js'
import { RunEvents } from './run-events.js'
import type { ChatOutcome, RunOutcome, RunSummary } from './run-outcome.js'

/** All options of a request of any kind. */
const REQUEST_OPTIONS = [
  'signal',
  'timeoutMs',
  'onStarted',
  'onRetry',
  'user',
  'files',
  'workflowId',
  'inputs',
  'query',
  'conversationId',
]
const STOP_PATHS = {
  run: (taskId: string) => `/workflows/tasks/${taskId}/stop`,
  chat: (taskId: string) => `/chat-messages/${taskId}/stop`,
  completion: (taskId: string) => `/completion-messages/${taskId}/stop`,
}

/**
 * One app of Dify, by its service API. Runs are always streamed: blocking calls are cut by proxies. Calls that fail
 * temporarily are retried, broken streams are resumed, and interrupted runs are told to stop. A run that Dify reports
 * as failed is an outcome; a call that fails is a `DifyError`.
 */
export class DifyClient {
  readonly #options: ClientOptions
  readonly #http: DifyHttp
  readonly #follower: RunFollower

  /** @throws TypeError or RangeError that names the option */
  constructor(options: DifyClientOptions) {
    this.#options = resolveClientOptions(options)
    this.#http = new DifyHttp(this.#options)
    this.#follower = new RunFollower(this.#http, this.#options)
  }

  /** Runs a workflow to its end. @throws DifyError; the signal's reason */
  async run(request: RunRequest): Promise<RunOutcome> {
    const { workflowId, inputs } = request
    const path =
      workflowId === undefined
        ? '/workflows/run'
        : `/workflows/${encodeURIComponent(workflowId)}/run`
    const call = this.#generating(path, request, { inputs })
    const events = new RunEvents(nameOf(call))
    const followed = await this.#follower.follow(
      this.#begun(request, call, STOP_PATHS.run),
      collected(events),
    )
    return outcomeOf(events, followed)
  }

  /**
   * Waits for the end of a run that was begun earlier, by this process or another: nothing is run again. Its nodes are
   * known as far as Dify sends their events again.
   * @throws DifyError: OPT-DIFY-005 if there is no such run, OPT-DIFY-006 if it does not end in time
   */
  async resume(
    runId: string,
    options: Pick<GenerateOptions, 'signal' | 'timeoutMs' | 'user'> = {},
  ): Promise<RunOutcome> {
    stringOption('runId', runId)
    rejectUnknown(options, ['signal', 'timeoutMs', 'user'], 'DifyClient.resume')
    const events = new RunEvents(`Run ${runId}`)
    const { signal, timeoutMs, user = this.#options.user } = options
    const given = { signal, timeoutMs, user }
    const followed = await this.#follower.resume(runId, collected(events), given)
    return outcomeOf(events, followed)
  }

  /** The run with this id, as it is now. @throws DifyError OPT-DIFY-005 if there is none */
  async getRun(
    runId: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RunSummary> {
    stringOption('runId', runId)
    return await this.#follower.runOf(runId, options.signal)
  }

  /** Tells a run of a workflow to stop. It may go on for a moment: `getRun` says when it has ended. */
  async stop(taskId: string, options: { readonly user?: string } = {}): Promise<void> {
    stringOption('taskId', taskId)
    const path = STOP_PATHS.run(encodeURIComponent(taskId))
    await this.#http.json({
      method: 'POST',
      path,
      body: { user: options.user ?? this.#options.user },
    })
  }

  /** The answer of a chat, an agent or a chatflow. @throws DifyError; the signal's reason */
  async chat(request: DifyChatRequest): Promise<ChatOutcome> {
    const { query, inputs = {}, conversationId, workflowId } = request
    const call = this.#generating('/chat-messages', request, {
      query,
      inputs,
      ...(conversationId === undefined ? {} : { conversation_id: conversationId }),
      ...(workflowId === undefined ? {} : { workflow_id: workflowId }),
      // A name for the conversation would be another call of a model.
      auto_generate_name: false,
    })
    return await this.#answer(request, call, STOP_PATHS.chat)
  }

  /** The answer of an app that completes a text. @throws DifyError; the signal's reason */
  async completion(request: CompletionRequest): Promise<ChatOutcome> {
    const call = this.#generating('/completion-messages', request, { inputs: request.inputs })
    return await this.#answer(request, call, STOP_PATHS.completion)
  }

  /** Uploads a file, for inputs of the same user. @throws DifyError OPT-DIFY-005 if it is too large or of another type */
  async upload(
    name: string,
    content: Uint8Array,
    options: { readonly type?: string; readonly user?: string; readonly signal?: AbortSignal } = {},
  ): Promise<UploadedFile> {
    stringOption('name', name)
    const form = new FormData()
    const { type = 'application/octet-stream', user = this.#options.user, signal } = options
    // Bytes of another realm or over shared memory are copied.
    form.set('file', new Blob([new Uint8Array(content)], { type }), name)
    form.set('user', user)
    const call: DifyCall = { method: 'POST', path: '/files/upload', form, signal }
    const answer = recordOf(await this.#http.json(call))
    const id = textOf(answer['id'])
    if (id === undefined) throw formError(nameOf(call), 'the uploaded file has no id')
    return {
      id,
      name: textOf(answer['name']) ?? name,
      size: typeof answer['size'] === 'number' ? answer['size'] : content.length,
      mime_type: textOf(answer['mime_type']) ?? type,
    }
  }

  /** What the app is. @throws DifyError */
  async info(options: { readonly signal?: AbortSignal } = {}): Promise<AppInfo> {
    const call: DifyCall = { method: 'GET', path: '/info', signal: options.signal }
    const answer = recordOf(await this.#http.json(call))
    return {
      name: textOf(answer['name']) ?? '',
      description: textOf(answer['description']) ?? '',
      mode: textOf(answer['mode']) ?? '',
      tags: listOf(answer['tags']).filter((tag) => typeof tag === 'string'),
    }
  }

  /** The app's inputs and settings, as Dify describes them. @throws DifyError */
  async parameters(options: { readonly signal?: AbortSignal } = {}): Promise<AnswerRecord> {
    return recordOf(
      await this.#http.json({ method: 'GET', path: '/parameters', signal: options.signal }),
    )
  }

  async #answer(
    request: GenerateOptions,
    call: DifyCall,
    stopPath: (taskId: string) => string,
  ): Promise<ChatOutcome> {
    const chat = new ChatEvents(nameOf(call))
    const followed = await this.#follower.follow(this.#begun(request, call, stopPath), {
      events: chat.run,
      add: (event) => chat.add(event),
      isComplete: () => chat.isComplete,
      isStarted: () => chat.run.ids.task_id !== '',
    })
    const outcome = chat.outcome(followed.attempts)
    if (!chat.hasRun) return outcome
    const run = outcomeOf(chat.run, followed)
    // Pieces of the answer may be missing where a stream broke; the run has the whole of it.
    const whole = followed.known_by === 'stream' ? outcome.answer : textOf(run.outputs['answer'])
    return { ...outcome, answer: whole ?? outcome.answer, run }
  }

  #begun(request: GenerateOptions, call: DifyCall, stopPath: Begun['stopPath']): Begun {
    const { signal, timeoutMs, onStarted, user = this.#options.user } = request
    return { call, stopPath, signal, timeoutMs, onStarted, user }
  }

  #generating(path: string, request: GenerateOptions, body: AnswerRecord): DifyCall {
    rejectUnknown(request, REQUEST_OPTIONS, `DifyClient ${path}`)
    const { files, onRetry, user = this.#options.user } = request
    return {
      method: 'POST',
      path,
      onRetry,
      body: {
        ...body,
        response_mode: 'streaming',
        user,
        ...(files === undefined ? {} : { files }),
      },
    }
  }
}

/** A run that is complete with its own end. */
function collected(events: RunEvents): Collected {
  return {
    events,
    add: (event) => events.add(event),
    isComplete: () => events.hasEnded,
    isStarted: () => events.ids.run_id !== '',
  }
}

function outcomeOf(events: RunEvents, { summary, ...followed }: Followed): RunOutcome {
  return summary === undefined
    ? events.outcome(followed)
    : events.outcomeOf(summary, followed.attempts)
}
