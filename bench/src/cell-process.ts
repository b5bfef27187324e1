import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, Cell, Request, Sample } from './plan.js'

const CHILD = fileURLToPath(new URL('child.js', import.meta.url))

/** The process of a cell. It stays open between its runs, idle, so that runs of all cells can take turns. */
export class CellProcess {
  readonly cell: Cell
  readonly settings: string
  readonly #child: ChildProcess

  /** Undefined when the subject cannot run here; `tell` learns why. */
  static async start(
    cell: Cell,
    root: string,
    tell: (reason: string) => void,
  ): Promise<CellProcess | undefined> {
    const directory = join(root, `${cell.scenario}-${cell.subject}`)
    await mkdir(directory)
    const child = fork(CHILD, [cell.scenario, cell.subject, directory])
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

  async run(forMs: number): Promise<Sample> {
    const answer = await this.#ask({ kind: 'run', forMs })
    if (answer.kind !== 'sample') throw new Error(`Expected a sample, got '${answer.kind}'`)
    return answer.sample
  }

  /** Closes the subject; gives back how long that took, in ms. */
  async close(): Promise<number> {
    const answer = await this.#ask({ kind: 'close' })
    if (answer.kind !== 'closed') throw new Error(`Expected it to close, got '${answer.kind}'`)
    return answer.closeMs
  }

  kill(): void {
    this.#child.kill('SIGKILL')
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
