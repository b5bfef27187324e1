import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url))
const SILENT_MAX_MS = 90_000

/** A process that runs jobs under the injector, and another one when it has died of a job. */
export class Worker {
  #child
  #settings
  #said = () => undefined
  #ended = Promise.resolve('')

  /** @param {{ library: string, place: string, directory: string }} settings */
  constructor(settings) {
    this.#settings = settings
  }

  async run(job) {
    if (this.#child === undefined) this.#start()
    let skip = 0
    let timer
    const answer = await new Promise((resolve) => {
      const wait = () => {
        clearTimeout(timer)
        timer = setTimeout(() => resolve(undefined), SILENT_MAX_MS)
      }
      wait()
      void this.#ended.then((end) => resolve({ end }))
      this.#said = (message) => {
        wait()
        if ('at' in message) skip = message.at
        else resolve(message)
      }
      this.#child.stdin.write(`${JSON.stringify(job)}\n`)
    })
    clearTimeout(timer)
    if (answer?.result !== undefined) return answer.result
    const violation =
      answer === undefined ? 'the process hangs' : `the process ended: ${answer.end}`
    await this.#kill()
    return lost(skip, violation)
  }

  async end() {
    this.#child?.stdin.end()
    await this.#ended
  }

  async #kill() {
    this.#child?.kill('SIGKILL')
    await this.#ended
    this.#child = undefined
  }

  #start() {
    const { library, place, directory } = this.#settings
    const child = spawn(process.execPath, [WORKER, directory], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        LD_PRELOAD: library,
        HOLDFAST_FAULTS: join(place, 'rules'),
        HOLDFAST_FAULTS_LOG: join(place, 'log'),
      },
    })
    let complaints = ''
    child.stderr.on('data', (piece) => (complaints += piece))
    child.stdin.on('error', () => undefined)
    createInterface({ input: child.stdout }).on('line', (line) => this.#said(JSON.parse(line)))
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(`${code ?? signal} ${complaints.slice(-2000)}`))
    })
    this.#child = child
  }
}

function lost(skip, violation) {
  const counts = { cases: 1, absorbed: 0, refused: 0, unknown: 0, readOnly: 0 }
  return { ...counts, violations: [{ skip, violation }] }
}
