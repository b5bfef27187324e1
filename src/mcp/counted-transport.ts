import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** A transport that knows which requests have no answer yet. */
export class CountedTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: NonNullable<Transport['onmessage']>
  readonly #inner: Transport
  readonly #open = new Set<string | number>()
  #onEmpty: () => void = () => undefined

  constructor(inner: Transport) {
    this.#inner = inner
    inner.onmessage = (message, extra) => {
      this.#receive(message)
      this.onmessage?.(message, extra)
    }
    inner.onerror = (error) => this.onerror?.(error)
    inner.onclose = () => this.onclose?.()
  }

  async start(): Promise<void> {
    await this.#inner.start()
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#inner.send(message)
    if (!('method' in message) && message.id !== undefined) this.#end(message.id)
  }

  async close(): Promise<void> {
    await this.#inner.close()
  }

  /** Resolves when every request that was received is answered or cancelled. */
  async answered(): Promise<void> {
    if (this.#open.size === 0) return
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve
    })
  }

  #receive(message: JSONRPCMessage): void {
    if (!('method' in message)) return
    if ('id' in message) this.#open.add(message.id)
    // A cancelled request is not answered.
    if (message.method === 'notifications/cancelled') this.#end(requestOf(message.params))
  }

  #end(id: string | number | undefined): void {
    if (id !== undefined) this.#open.delete(id)
    if (this.#open.size === 0) this.#onEmpty()
  }
}

function requestOf(params: object | undefined): string | number | undefined {
  const id: unknown = Reflect.get(params ?? {}, 'requestId')
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}
