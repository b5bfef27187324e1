import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

/** A process that has the store open, or holds a lock on a file of it. */
export interface Holder {
  readonly pid: number
  kill(): Promise<void>
}

/** Waits until the process has said that it is there. */
export async function held(child: ChildProcessByStdio<null, Readable, null>): Promise<Holder> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return { pid: child.pid ?? 0, kill }
}
