import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { TextDecoder } from 'node:util'
import { clearTimeout, monotonicMs, setTimeout } from '../base/clock.js'
import { toError } from '../base/values.js'
import { backoffMs } from '../base/retry.js'
import type { SourceEvent } from '../versions/source/document-source.js'
import type { ChangeEvent, HeartbeatEvent, HelloEvent } from '../wire/events.js'
import { EVENTS_PATH } from '../wire/paths.js'
import type { Http } from './http.js'

/** What a stream reports. */
export interface StreamListener {
  /** Changes, in the order of their commits. */
  changed(events: readonly SourceEvent[]): void
  /** Changes between the last stream and this one are not known. */
  interrupted(): void
  /** What had changed before this moment (of `monotonicMs`) has been reported. */
  currentAt(ms: number): void
}

/** How a stream is kept. */
export interface StreamRules {
  readonly heartbeatMs: number
  /** How long one connection may take until its first heartbeat. */
  readonly timeoutMs: number
}

const BACKOFF = { delayMs: 100, maxDelayMs: 5000 }
/** A stream is given up after that many heartbeats that did not come. */
const MISSED_MAX = 3

/** The changes of the store behind a server, over one connection at a time, continued after a break. */
export class ChangeStream {
  readonly #http: Http
  readonly #rules: StreamRules
  readonly #listener: StreamListener
  #position: string | undefined
  #connection: AbortController | undefined
  /** Those who wait for the next heartbeat. */
  #waiting: {
    readonly resolve: (currentMs: number) => void
    readonly reject: (error: Error) => void
  }[] = []
  #holders = 0
  #isClosed = false
  #isLive = false
  #failures = 0
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(http: Http, rules: StreamRules, listener: StreamListener) {
    this.#http = http
    this.#rules = rules
    this.#listener = listener
  }

  /** Whether changes arrive now, without being asked for. */
  get isLive(): boolean {
    return this.#isLive
  }

  /** Keeps the stream open until the returned function is called. */
  hold(): () => void {
    this.#holders++
    this.#connect()
    let isHeld = true
    return () => {
      if (isHeld) this.#holders--
      isHeld = false
    }
  }

  /** Resolves with the next heartbeat: of a connection that has just begun, its first, which is at once. */
  async begun(): Promise<void> {
    await this.#nextHeartbeat()
  }

  /** Resolves when everything that had changed before this call has been reported. @throws as `Http.open` does */
  async catchUp(): Promise<void> {
    const askedMs = monotonicMs()
    for (;;) {
      const heartbeat = this.#nextHeartbeat()
      // The next one of this connection may take long; a new connection continues with one at once.
      if (this.#isLive) this.#connection?.abort(LEFT)
      if ((await heartbeat) >= askedMs) return
    }
  }

  /** Ends the stream. Those who wait for it are refused. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#connection?.abort()
    this.#refuse(new Error('The stream is closed'))
  }

  async #nextHeartbeat(): Promise<number> {
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#connect()
    })
  }

  #connect(): void {
    if (this.#connection !== undefined || this.#isClosed) return
    clearTimeout(this.#retry)
    const connection = new AbortController()
    this.#connection = connection
    void this.#run(connection)
  }

  /** One connection, from its request to its end. It does not throw: failures reach those who wait. */
  async #run(connection: AbortController): Promise<void> {
    const failure = await this.#follow(connection)
    this.#connection = undefined
    this.#isLive = false
    if (this.#isClosed) return
    if (failure === undefined) {
      if (this.#waiting.length > 0 || this.#holders > 0) this.#connect()
      return
    }
    this.#failures++
    this.#refuse(failure)
    if (this.#holders > 0)
      this.#retry = setTimeout(() => this.#connect(), backoffMs(this.#failures, BACKOFF))
  }

  /** Returns why the connection ended; undefined if the client has left. */
  async #follow(connection: AbortController): Promise<Error | undefined> {
    const watchdog = new Watchdog(connection, this.#rules.timeoutMs)
    const silenceMs = Math.max(MISSED_MAX * this.#rules.heartbeatMs, SILENCE_MIN_MS)
    const sentMs = monotonicMs()
    const parser = createParser({
      onEvent: (message) => this.#receive(message, sentMs, connection),
      onError: (error) => {
        throw error
      },
    })
    try {
      const path = `${EVENTS_PATH}?heartbeat_ms=${this.#rules.heartbeatMs}`
      const headers = {
        accept: 'text/event-stream',
        ...(this.#position === undefined ? {} : { 'last-event-id': this.#position }),
      }
      const { body } = await this.#http.open(path, headers, connection.signal)
      const decoder = new TextDecoder()
      const reader = body?.getReader()
      for (;;) {
        const part = await reader?.read()
        if (part === undefined || part.done) return new Error('The server has ended the stream')
        watchdog.restart(silenceMs)
        parser.feed(decoder.decode(part.value, { stream: true }))
      }
    } catch (error) {
      if (connection.signal.reason === LEFT) return undefined
      return toError(error)
    } finally {
      watchdog.end()
      connection.abort()
    }
  }

  #receive({ id, event, data }: EventSourceMessage, sentMs: number, own: AbortController): void {
    const value: unknown = JSON.parse(data)
    if (event === 'hello') this.#greet(value as HelloEvent, sentMs)
    else if (event === 'heartbeat') this.#beat(value as HeartbeatEvent, sentMs, own)
    else {
      const change = changeIn(value as ChangeEvent)
      if (change !== undefined) this.#listener.changed([change])
    }
    if (id !== undefined) this.#position = id
  }

  #greet({ position, resumed, elapsed_ms: elapsedMs }: HelloEvent, sentMs: number): void {
    this.#failures = 0
    this.#isLive = true
    if (resumed) return
    this.#position = position
    this.#listener.interrupted()
    this.#listener.currentAt(sentMs + elapsedMs)
  }

  #beat(
    { position, elapsed_ms: elapsedMs }: HeartbeatEvent,
    sentMs: number,
    connection: AbortController,
  ): void {
    this.#position = position
    const currentMs = sentMs + elapsedMs
    this.#listener.currentAt(currentMs)
    for (const { resolve } of this.#waiting.splice(0)) resolve(currentMs)
    if (this.#holders === 0) connection.abort(LEFT)
  }

  #refuse(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** Why the client ends a connection that it does not need any more. */
const LEFT: unique symbol = Symbol('left')
/** A shorter silence does not show a break, whatever the heartbeats are. */
const SILENCE_MIN_MS = 2000

/** Ends a connection that says nothing for too long. */
class Watchdog {
  readonly #connection: AbortController
  #timer: ReturnType<typeof setTimeout>

  constructor(connection: AbortController, ms: number) {
    this.#connection = connection
    this.#timer = this.#start(ms)
  }

  restart(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = this.#start(ms)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #start(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#connection.abort(new Error('The stream is silent')), ms)
  }
}

/** Undefined for a kind of a later server. */
function changeIn(change: ChangeEvent): SourceEvent | undefined {
  if (change.kind === 'reset') return { kind: 'reset' }
  if (change.kind === 'label') {
    const { kind: _kind, prompt_id: promptId, ...move } = change
    return { kind: 'head', promptId, moves: [move] }
  }
  const { kind, prompt_id: promptId, version } = change
  return { kind, promptId, version }
}
