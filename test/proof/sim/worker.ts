import { parentPort, workerData } from 'node:worker_threads'
import { loadEngine } from './engine.js'
import { Violation } from './explorer.js'
import { Scenario } from './scenario.js'
import { storyNamed } from './stories.js'
import { runSession, type SessionResult } from './session.js'

/** What a worker is to do: the sessions of these seeds, one after another, until it is told to stop. */
export interface WorkerTask {
  readonly root: string
  readonly seed: number
  readonly first: number
  readonly step: number
  /** How many states of each session. */
  readonly states: number
  /** Sessions, or stories, to begin with, before the sessions of `seed`. */
  readonly hints: readonly string[]
}

export type WorkerMessage =
  | { readonly type: 'begun'; readonly session: string }
  | { readonly type: 'done'; readonly session: string; readonly result: SessionResult }
  | { readonly type: 'violation'; readonly session: string; readonly text: string }

if (parentPort !== null)
  await work(workerData as WorkerTask, (message) => parentPort?.postMessage(message))

async function work(task: WorkerTask, send: (message: WorkerMessage) => void): Promise<void> {
  const engine = await loadEngine(new URL(task.root))
  for (let at = task.first; ; at += task.step) {
    const session = task.hints[at] ?? sessionName(task.seed, at - task.hints.length)
    send({ type: 'begun', session })
    try {
      const { states } = task
      if (session.includes(' ')) await Scenario.play(engine, storyNamed(session))
      else send({ type: 'done', session, result: await runSession(engine, session, { states }) })
    } catch (error) {
      const text = error instanceof Violation ? error.message : String((error as Error).stack)
      send({ type: 'violation', session, text })
    }
  }
}

/** What `--seed` takes: the seed of the run, and the number of the session in it. */
export function sessionName(seed: number, at: number): string {
  return `${seed}/${at}`
}
