// Programs that answer each line with a line.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export class Coprocess {
  #child
  #lines
  #stderr = ''
  #name

  constructor(program, args, options = {}) {
    this.#name = [program, ...args].join(' ')
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr += text))
    this.#child.stdin.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  tell(line) {
    this.#child.stdin.write(`${line}\n`)
  }

  /** One question at a time. */
  async ask(line) {
    this.tell(line)
    const { value, done } = await this.#lines.next()
    if (!done) return value
    throw new Error(`${this.#name} ended without an answer: ${this.#stderr.trim()}`)
  }

  async askJson(message) {
    return JSON.parse(await this.ask(JSON.stringify(message)))
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'close')
    this.#child.stdin.end()
    await ended
  }
}

/** A script of this folder that is started again when it has died, as a recovery by native code may. */
export class LastingScript {
  #args
  #process

  constructor(script, ...flags) {
    this.#args = [...flags, fileURLToPath(new URL(script, import.meta.url))]
  }

  /** {error} when it died over this question. */
  async askJson(message) {
    this.#process ??= new Coprocess(process.execPath, this.#args)
    try {
      return await this.#process.askJson(message)
    } catch (error) {
      await this.#process.end()
      this.#process = undefined
      return { error: error.message }
    }
  }

  async end() {
    await this.#process?.end()
  }
}
