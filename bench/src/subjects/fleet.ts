import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Sample } from '../plan/sample.js'
import type { SubjectName } from '../plan/subjects.js'
import type { Subject } from './subject.js'

const CHILD = fileURLToPath(new URL('../cells/fleet-child.js', import.meta.url))

/** Several processes that have the same directory open, as one subject. */
export async function openFleet(
  subject: SubjectName,
  directory: string,
  processes: number,
): Promise<Subject> {
  const children: ChildProcess[] = []
  // One after the other: the first one makes the store.
  for (let at = 0; at < processes; at++) {
    const child = fork(CHILD, [subject, directory, String(at)])
    children.push(child)
    await nextMessage(child)
  }
  return {
    settings: `${processes} processes`,
    save: () => {
      throw new Error('A fleet saves by itself')
    },
    runSaves: async (forMs, lanes) =>
      sum(
        await Promise.all(
          children.map(async (child) => {
            const answer = nextMessage(child)
            child.send({ forMs, lanes })
            return (await answer) as Sample
          }),
        ),
      ),
    close: async () => {
      await Promise.all(
        children.map(async (child) => {
          const exited = once(child, 'exit')
          child.disconnect()
          await exited
        }),
      )
    },
  }
}

/** All of their saves, over the time of the slowest. */
function sum(samples: readonly Sample[]): Sample {
  return {
    operations: samples.reduce((total, { operations }) => total + operations, 0),
    elapsedMs: Math.max(...samples.map(({ elapsedMs }) => elapsedMs)),
  }
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const listening = new AbortController()
  const { signal } = listening
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as unknown),
      once(child, 'exit', { signal }).then(([code, killer]) => {
        throw new Error(`A process of the fleet ended with ${String(code ?? killer)}`)
      }),
    ])
  } finally {
    listening.abort()
  }
}
