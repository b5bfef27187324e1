import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

const SERVER = join(import.meta.dirname, 'standins/server.mjs')

/** A stand-in in a process of its own, which keeps its objects in a directory and can be killed and started again. */
export class KillableCloud {
  readonly #kind: 's3' | 'gcs'
  readonly #directory: string
  #port = 0
  #child: ChildProcess | undefined

  constructor(kind: 's3' | 'gcs', directory: string) {
    this.#kind = kind
    this.#directory = directory
    onTestFinished(async () => await this.kill())
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Starts, at the same port as before. */
  async start(): Promise<void> {
    const args = [SERVER, this.#kind, this.#directory, String(this.#port)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    for await (const line of createInterface({ input: child.stdout })) {
      this.#port = Number(line.split(' ')[1])
      return
    }
    throw new Error('The stand-in did not start')
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
