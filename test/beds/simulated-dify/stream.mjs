// How the simulated Dify writes a stream of events, and how faults break it.

export class EventStream {
  #response
  #faults
  #nodes = 0
  #isOver = false

  constructor(response, faults) {
    this.#response = response
    this.#faults = faults
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.flushHeaders()
  }

  /** Writes an event; returns false once nothing more is written. */
  write(message) {
    if (this.#isOver) return false
    const { pings, unknown_events: unknown, broken, cut_end: cut } = this.#faults
    if (pings !== undefined) this.#send('event: ping\n\n')
    if (unknown !== undefined) this.#send('data: {"event":"of_a_later_version","x":1}\n\n')
    const isEnd = message.event === 'workflow_finished' || message.event === 'message_end'
    // Of the last event, all arrives but the empty line.
    const end = cut !== undefined && isEnd ? '\n' : '\n\n'
    this.#send(`data: ${JSON.stringify(message)}${end}`)
    if (end === '\n') this.end()
    if (message.event === 'node_finished') this.#nodes++
    if (broken !== undefined && this.#nodes >= (broken.nodes ?? 0)) this.#break(broken)
    return !this.#isOver
  }

  fail({ status = 500, code = 'internal_server_error', message = 'Simulated', ...names }) {
    this.write({ event: 'error', status, code, message, ...names })
    this.end()
  }

  end() {
    if (this.#isOver) return
    this.#isOver = true
    this.#response.end()
  }

  /** `half`: in the middle of an event. `how: 'end'`: as if all was sent; a reset otherwise. */
  #break({ half = false, how = 'reset' }) {
    if (half) this.#send('data: {"event":"node_fin')
    this.#isOver = true
    if (how === 'end') this.#response.end()
    // What was written arrives first.
    else setTimeout(() => this.#response.destroy(), 20)
  }

  /** With `split`, byte by byte: pieces end inside of characters and lines. */
  #send(text) {
    const bytes = Buffer.from(text)
    if (this.#faults.split === undefined) this.#response.write(bytes)
    else for (const byte of bytes) this.#response.write(Uint8Array.of(byte))
  }
}
