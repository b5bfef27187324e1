import type { ServerResponse } from 'node:http'
import { clearTimeout, documentTime, monotonicMs, setTimeout } from '../../base/clock.js'
import type { HeartbeatEvent, HelloEvent } from '../../wire/events.js'
import type { ChangeLog, LoggedChange } from './change-log.js'

/** How the changes are sent to one reader. */
export interface ReaderRules {
  readonly log: ChangeLog
  readonly heartbeatMs: number
  /** Bytes that may wait before the stream is ended. */
  readonly waitingBytesMax: number
  /** Only the changes of this prompt, and resets; undefined: all. */
  readonly promptId: string | undefined
  /** Where an earlier stream ended. */
  readonly lastEventId: string | undefined
}

/**
 * One stream of server-sent events: hello, what was missed, and then changes and heartbeats. A reader that does not keep
 * up is dropped: it comes again, and continues where it was.
 */
export class EventReader {
  readonly #rules: ReaderRules
  readonly #response: ServerResponse
  readonly #startMs: number = monotonicMs()
  readonly #unlisten: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #hasEnded = false

  /** @param response whose headers were sent */
  constructor(response: ServerResponse, rules: ReaderRules) {
    this.#rules = rules
    this.#response = response
    const { log, lastEventId } = rules
    const missed = lastEventId === undefined ? undefined : log.since(lastEventId)
    this.#unlisten = log.listen((logged) => this.#send(logged))
    response.on('close', () => this.end())
    const hello: HelloEvent = {
      position: log.position,
      resumed: missed !== undefined,
      elapsed_ms: 0,
    }
    // The id of what is sent with it: a reader that leaves after it has missed nothing yet.
    this.#write('hello', hello, missed === undefined ? log.position : (lastEventId ?? ''))
    if (missed === undefined && lastEventId !== undefined) this.#writeReset()
    for (const logged of missed ?? []) this.#send(logged)
    // A reader that comes now wants to know of everything until now.
    void this.#beat(true)
  }

  /** Ends the stream. */
  end(): void {
    this.#hasEnded = true
    this.#unlisten()
    clearTimeout(this.#timer)
    this.#response.end()
  }

  /** The position of a reset is that of the hello before it. */
  #writeReset(): void {
    const change = { kind: 'reset', prompt_id: '', version: '', at: documentTime().toISOString() }
    this.#write('reset', change, this.#rules.log.position)
  }

  #send({ position, change }: LoggedChange): void {
    const { promptId } = this.#rules
    if (promptId !== undefined && change.kind !== 'reset' && change.prompt_id !== promptId) return
    this.#write(change.kind, change, position)
  }

  async #beat(fresh = false): Promise<void> {
    const { log, heartbeatMs } = this.#rules
    const elapsedMs = monotonicMs() - this.#startMs
    try {
      await log.catchUp({ fresh })
      // All that the store has reported until now was sent before this.
      const heartbeat: HeartbeatEvent = { position: log.position, elapsed_ms: elapsedMs }
      if (!this.#hasEnded) this.#write('heartbeat', heartbeat, log.position)
    } catch {
      // The store does not answer now: without a heartbeat, readers treat their memory as old.
      if (!this.#hasEnded) this.#response.write(': the store does not answer\n\n')
    }
    if (this.#hasEnded) return
    this.#timer = setTimeout(() => void this.#beat(), heartbeatMs)
  }

  #write(event: string, data: object, id: string): void {
    if (this.#hasEnded) return
    this.#response.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`)
    if (this.#response.writableLength <= this.#rules.waitingBytesMax) return
    this.end()
    // What waits is not sent any more: the reader would only get it late.
    this.#response.destroy()
  }
}
