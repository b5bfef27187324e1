import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Phase } from '../measures/open-measure.js'
import type { Cell } from '../plan/plan.js'
import type { Sample } from '../plan/sample.js'
import type { Answer, Request } from './protocol.js'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))

export type Closed = Extract<Answer, { kind: 'closed' }>

/** The process of a cell. It stays open between its runs, idle, so that runs of all cells can take turns. */
export class CellProcess {
  readonly cell: Cell
  readonly settings: string
  readonly #child: ChildProcess

  /** Undefined when the subject cannot run here; `tell` learns why. */
  static async start(
    cell: Cell,
    directory: string,
    phase: Phase,
    tell: (reason: string) => void,
  ): Promise<CellProcess | undefined> {
    await mkdir(directory, { recursive: true })
    const child = fork(CHILD, [cell.scenario, cell.subject, directory, phase], {
      execArgv: ['--expose-gc'],
    })
    const first = await nextAnswer(child, cell)
    if (first.kind === 'ready') return new CellProcess(cell, first.settings, child)
    tell(first.kind === 'unavailable' ? first.reason : `it answered '${first.kind}'`)
    return undefined
  }

  private constructor(cell: Cell, settings: string, child: ChildProcess) {
    this.cell = cell
    this.settings = settings
    this.#child = child
  }

  async prepare(): Promise<void> {
    const { kind } = await this.#ask({ kind: 'prepare' })
    if (kind !== 'prepared') throw new Error(`Expected it to prepare, got '${kind}'`)
  }

  async run(forMs: number): Promise<Sample> {
    const answer = await this.#ask({ kind: 'run', forMs })
    if (answer.kind !== 'sample') throw new Error(`Expected a sample, got '${answer.kind}'`)
    return answer.sample
  }

  /** Closes the subject and ends the process; tells how long closing took and how large the process has been. */
  async close(): Promise<Closed> {
    const answer = await this.#ask({ kind: 'close' })
    if (answer.kind !== 'closed') throw new Error(`Expected it to close, got '${answer.kind}'`)
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    return answer
  }

  /** Ends the process as a crash would, and waits until it has ended. Harmless when it has. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  async #ask(request: Request): Promise<Answer> {
    const answer = nextAnswer(this.#child, this.cell)
    this.#child.send(request)
    return await answer
  }
}

async function nextAnswer(child: ChildProcess, { scenario, subject }: Cell): Promise<Answer> {
  const listening = new AbortController()
  const { signal } = listening
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Answer),
      once(child, 'exit', { signal }).then(([code, killer]) => {
        throw new Error(
          `The process of ${scenario}, ${subject} ended with ${String(code ?? killer)}`,
        )
      }),
    ])
  } finally {
    listening.abort()
  }
}
