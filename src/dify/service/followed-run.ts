import { isError, isErrorNamed } from '../../base/values.js'
import type { ClientOptions } from './client-options.js'
import { Deadline } from './deadline.js'
import { DifyError, isDifyError } from './dify-error.js'
import { readEvents } from './events.js'
import { nameOf, type DifyCall, type DifyHttp } from './http.js'
import { runSummary, type RunEvents, type RunIds } from './run-events.js'
import { isUnderWay, type RunOutcome, type RunStatus, type RunSummary } from './run-outcome.js'
import { Slots } from './slots.js'

/** What a run is begun with. */
export interface Begun {
  readonly call: DifyCall
  /** The path that stops a task of this kind. */
  readonly stopPath: (taskId: string) => string
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  readonly user: string
  /** Is called once, when the names of the run are known. */
  readonly onStarted?: ((ids: RunIds) => void | Promise<void>) | undefined
}

/** What the events of a stream become. */
export interface Collected {
  readonly events: RunEvents
  /** Takes one event. @throws DifyError for an `error` event */
  readonly add: RunEvents['add']
  /** Whether nothing more is expected. */
  readonly isComplete: () => boolean
  /** Whether the task is known. */
  readonly isStarted: () => boolean
}

/** How a stream became known to its end. */
export type Followed = Pick<RunOutcome, 'attempts' | 'known_by' | 'traces_complete'> & {
  readonly summary?: RunSummary
}

/** How often a broken stream is resumed before the run is asked for. */
const RESUMES_MAX = 3
/** The longest wait between two looks at a run, as a multiple of the first. */
const POLL_GROWTH_MAX = 10

/**
 * Follows runs to their ends: reads their streams, resumes them after a broken connection, asks for runs whose events
 * cannot be resumed, and stops those that are interrupted.
 */
export class RunFollower {
  readonly #http: DifyHttp
  readonly #options: ClientOptions
  readonly #slots: Slots

  constructor(http: DifyHttp, options: ClientOptions) {
    this.#http = http
    this.#options = options
    this.#slots = new Slots(options.concurrency)
  }

  /** @throws DifyError; the reason of the caller's signal, once the run was told to stop */
  async follow(begun: Begun, collected: Collected): Promise<Followed> {
    const { idleTimeoutMs } = this.#options
    return await this.#slots.within(begun.signal, async () => {
      const timeoutMs = begun.timeoutMs ?? this.#options.timeoutMs
      const deadline = new Deadline({ signal: begun.signal, timeoutMs, idleTimeoutMs })
      try {
        return await this.#toTheEnd(begun, collected, deadline)
      } catch (error) {
        if (deadline.cause !== undefined) throw await this.#interrupted(begun, collected, deadline)
        // The caller's own failure in `onStarted`: no one waits for the run.
        if (!isDifyError(error)) await this.#stopped(begun, collected.events.ids)
        throw error
      } finally {
        deadline.end()
      }
    })
  }

  /**
   * Follows a run that was begun earlier. It is not told to stop when this call is interrupted.
   * @throws DifyError; the signal's reason
   */
  async resume(
    runId: string,
    collected: Collected,
    options: Pick<Begun, 'signal' | 'timeoutMs' | 'user'>,
  ): Promise<Followed> {
    const { signal, timeoutMs = this.#options.timeoutMs, user } = options
    const deadline = new Deadline({ signal, timeoutMs, idleTimeoutMs: this.#options.idleTimeoutMs })
    try {
      return { attempts: 1, ...(await this.#afterwards(user, runId, collected, deadline)) }
    } catch (error) {
      if (deadline.cause === undefined || deadline.cause === 'caller') throw error
      throw new DifyError('OPT-DIFY-006', `Run ${runId} did not end in time; it goes on`, {
        context: { run_id: runId, run_status: 'running', timeout_ms: timeoutMs, transient: false },
      })
    } finally {
      deadline.end()
    }
  }

  /** The run with this id. @throws DifyError OPT-DIFY-005 if there is none */
  async runOf(runId: string, signal?: AbortSignal): Promise<RunSummary> {
    const path = `/workflows/run/${encodeURIComponent(runId)}`
    const run = runSummary(await this.#http.json({ method: 'GET', path, signal }))
    return run.error === undefined ? run : { ...run, error: this.#http.hidden(run.error) }
  }

  /** Waits until the run with this id has ended or paused. */
  async endOf(runId: string, signal: AbortSignal): Promise<RunSummary> {
    const { pollMs } = this.#options
    for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * 2, pollMs * POLL_GROWTH_MAX)) {
      const run = await this.runOf(runId, signal)
      if (!isUnderWay(run.status)) return run
      await this.#http.wait(waitMs, signal)
    }
  }

  async #toTheEnd(begun: Begun, collected: Collected, deadline: Deadline): Promise<Followed> {
    const call = { ...begun.call, signal: deadline.signal }
    const { attempts, broke } = await this.#read(call, collected, deadline, begun.onStarted)
    if (collected.isComplete()) return { attempts, known_by: 'stream', traces_complete: true }
    const { ids } = collected.events
    if (ids.run_id === '') throw unknownEnd(call, broke, ids)
    try {
      return { attempts, ...(await this.#afterwards(begun.user, ids.run_id, collected, deadline)) }
    } catch (error) {
      throw isDifyError(error) ? unknownEnd(call, error, ids) : error
    }
  }

  /** Follows a run by its id: by the events that can be resumed, or by asking for it. */
  async #afterwards(
    user: string,
    runId: string,
    collected: Collected,
    deadline: Deadline,
  ): Promise<Omit<Followed, 'attempts'>> {
    if (await this.#resumed(user, runId, collected, deadline))
      return { known_by: 'resumed_stream', traces_complete: collected.events.hasAllNodes }
    const summary = await this.endOf(runId, deadline.signal)
    return { known_by: 'lookup', traces_complete: false, summary }
  }

  /** Reads a stream until the run is complete or the stream ends; a broken one is not an error here. */
  async #read(
    call: DifyCall,
    collected: Collected,
    deadline: Deadline,
    onStarted?: Begun['onStarted'],
  ): Promise<{ readonly attempts: number; readonly broke?: unknown }> {
    const stream = await this.#http.stream(call, deadline)
    const { attempts } = stream
    let isTold = false
    try {
      deadline.heard()
      const heard = (): void => deadline.heard()
      const { hidden } = this.#http
      for await (const event of readEvents(stream.pieces, nameOf(call), heard, hidden)) {
        collected.add(event)
        if (!isTold && collected.isStarted()) await onStarted?.(collected.events.ids)
        isTold ||= collected.isStarted()
        if (collected.isComplete()) break
      }
      return { attempts }
    } catch (error) {
      deadline.signal.throwIfAborted()
      // What the service reports, what is wrong with an event, and the caller's own failure are something else.
      if (!isConnection(error)) throw error
      return { attempts, broke: error }
    } finally {
      deadline.quiet()
      await stream.cancel()
    }
  }

  /** Reads the events that a broken stream did not deliver. False if the service cannot resume them. */
  async #resumed(
    user: string,
    runId: string,
    collected: Collected,
    deadline: Deadline,
  ): Promise<boolean> {
    const query = new URLSearchParams({ user, include_state_snapshot: 'true' })
    const path = `/workflow/${encodeURIComponent(runId)}/events?${query.toString()}`
    for (let times = 0; times < RESUMES_MAX; times++) {
      try {
        await this.#read({ method: 'GET', path }, collected, deadline)
      } catch (error) {
        // Servers before these events exist, and runs whose events have expired: the run itself can be asked for.
        if (isDifyError(error) && error.code === 'OPT-DIFY-005') return false
        throw error
      }
      if (collected.isComplete()) return true
    }
    return false
  }

  /** Stops what was interrupted, and says how it ended. */
  async #interrupted(begun: Begun, { events }: Collected, deadline: Deadline): Promise<unknown> {
    const status = await this.#stopped(begun, events.ids)
    const { cause, limits } = deadline
    if (cause === 'caller') return limits.signal?.reason
    const timeoutMs = cause === 'idle' ? limits.idleTimeoutMs : limits.timeoutMs
    const call = nameOf(begun.call)
    const what = cause === 'idle' ? 'was silent for' : 'did not end within'
    return new DifyError('OPT-DIFY-006', `${call} ${what} ${timeoutMs} ms; its run is ${status}`, {
      context: { call, ...events.ids, timeout_ms: timeoutMs, run_status: status, transient: false },
    })
  }

  /** Dify goes on with some runs whose client has left, so each is told to stop, and asked for afterwards. */
  async #stopped(begun: Begun, ids: RunIds): Promise<RunStatus> {
    if (ids.task_id === '') return 'unknown'
    const { stopTimeoutMs } = this.#options
    const { user } = begun
    const signal = AbortSignal.timeout(stopTimeoutMs)
    try {
      const path = begun.stopPath(encodeURIComponent(ids.task_id))
      await this.#http.json({ method: 'POST', path, body: { user }, signal })
      return ids.run_id === '' ? 'unknown' : (await this.endOf(ids.run_id, signal)).status
    } catch {
      // The interruption is what the caller has to know; that the end is unknown is part of it.
      return 'unknown'
    }
  }
}

function unknownEnd(call: DifyCall, broke: unknown, ids: RunIds): DifyError {
  const why = isError(broke) ? `broke (${broke.message})` : 'ended'
  const message = `The stream of ${nameOf(call)} ${why} before its run had; how that ended is unknown`
  return new DifyError('OPT-DIFY-008', message, {
    ...(broke === undefined ? {} : { cause: broke }),
    context: { call: nameOf(call), ...ids, transient: false },
  })
}

/** `fetch` throws a TypeError when a connection ends in the middle of a body; its cause is the socket's. */
function isConnection(error: unknown): boolean {
  return isErrorNamed(error, 'TypeError') && isError(error.cause)
}
