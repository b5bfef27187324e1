import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { FileSystemStorageOptions } from '../../../src/versions/file-system/file-system-options.js'

const SCRIPT = fileURLToPath(new URL('peer.mjs', import.meta.url))

interface Reply {
  readonly id?: number
  readonly ready?: boolean
  readonly saved?: string
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string }
}

/** What a peer's call failed with, as far as it can be told across processes. */
export class PeerError extends Error {
  readonly code: string | undefined

  constructor({ name, code, message }: NonNullable<Reply['error']>) {
    super(message)
    this.name = name
    this.code = code
  }
}

/** Another process that has a store open. It ends with the test. */
export class Peer {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, (reply: Reply) => void>()
  #next = 0
  /** What `saveForever` has reported. */
  readonly saved: string[] = []

  /** @param script answers calls as peer.mjs does; by default that, with a store of versions */
  static async start(options: object, script: string = SCRIPT): Promise<Peer> {
    const child = fork(script, [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    })
    const [message] = (await once(child, 'message')) as [Reply]
    if (message.ready !== true)
      throw new Error(`Unexpected first message ${JSON.stringify(message)}`)
    return new Peer(child)
  }

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (reply: Reply) => {
      if (reply.saved !== undefined) this.saved.push(reply.saved)
      if (reply.id === undefined) return
      this.#calls.get(reply.id)?.(reply)
      this.#calls.delete(reply.id)
    })
    child.on('exit', () => {
      const error = { name: 'PeerError', message: 'The process has ended' }
      for (const settle of this.#calls.values()) settle({ error })
      this.#calls.clear()
    })
  }

  /** Calls a method there. Rejects with a PeerError when it rejects there, or when the process ends. */
  async call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = this.#next++
    const reply = await new Promise<Reply>((resolve) => {
      this.#calls.set(id, resolve)
      this.#child.send({ id, method, args })
    })
    if (reply.error !== undefined) throw new PeerError(reply.error)
    return reply.result
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends the process at once, and waits until all that it had said is heard. */
  async kill(): Promise<void> {
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await ended
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.send({ id: this.#next++, method: 'close', args: [] })
    const [code] = (await ended) as [number | null]
    if (code !== 0) throw new Error(`The process ended with ${code}`)
  }
}

export async function startPeers(
  count: number,
  options: FileSystemStorageOptions,
): Promise<readonly Peer[]> {
  return await Promise.all(Array.from({ length: count }, async () => await Peer.start(options)))
}
