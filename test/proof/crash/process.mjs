// The parent's side of a spawned program: what it said, line by line, and how it ended.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export class Program {
  #child
  #waiting = new Map()
  #stderr = ''
  #killed = false
  ended

  /** @param onMessage is called with every line */
  constructor(script, args, onMessage) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stdin.on('error', () => undefined)
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr += text))
    const lines = createInterface({ input: this.#child.stdout })
    lines.on('line', (line) => this.#take(line, onMessage))
    // All lines are in once the output is closed: what a killed process still wrote stays in the pipe.
    this.ended = Promise.all([once(this.#child, 'close'), once(lines, 'close')]).then(() => {
      for (const { resolve } of this.#waiting.values()) resolve(undefined)
      this.#waiting.clear()
    })
  }

  #take(line, onMessage) {
    // The last line of a killed process may be cut off.
    const message = parse(line)
    if (message === undefined) return
    onMessage(message)
    this.#waiting.get(message.type)?.resolve(message)
    this.#waiting.delete(message.type)
  }

  /** The next message of a type; undefined when the process ends without. */
  message(type) {
    const known = this.#waiting.get(type)
    if (known !== undefined) return known.promise
    if (this.isOver) return Promise.resolve(undefined)
    let resolve
    const promise = new Promise((settle) => (resolve = settle))
    this.#waiting.set(type, { promise, resolve })
    return promise
  }

  command(line) {
    this.#child.stdin.write(`${line}\n`)
  }

  signal(name) {
    if (name === 'SIGKILL') this.#killed = true
    this.#child.kill(name)
  }

  get isOver() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Why its end was not what was meant; undefined when all is well. */
  get failure() {
    const { exitCode, signalCode } = this.#child
    if (exitCode === 0 || (this.#killed && signalCode === 'SIGKILL')) return undefined
    return `ended with ${exitCode ?? signalCode}: ${this.#stderr.trim()}`
  }
}

function parse(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
