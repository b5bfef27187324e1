import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { clearTimeout, setTimeout } from '../base/clock.js'
import { unreadable } from './input.js'
import { CliError } from './errors.js'
import type { Session } from './session.js'

/** Editors write a file in several steps. */
const SETTLE_MS = 100

/**
 * Does a piece of work, and does it again each time that one of the files has changed, until the command is
 * interrupted. A directory stands for the files in it.
 *
 * @throws CliError for standard input and for a path that does not exist; the signal's reason
 */
export async function rerunOnChange(
  session: Session,
  paths: readonly string[],
  work: () => Promise<void>,
): Promise<never> {
  const { signal } = session.environment
  if (paths.includes('-')) throw new CliError('CLI-USAGE-001', 'Standard input cannot be watched')
  const changes = new Changes()
  const watchers = await Promise.all(paths.map(async (path) => await watcherOf(path, changes)))
  const onAbort = (): void => changes.wake()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (;;) {
      await work()
      await session.output.talk('Waiting for changes; end with Ctrl-C')
      await changes.next()
      signal.throwIfAborted()
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    for (const watcher of watchers) watcher.close()
  }
}

/** Changes that came since the last look, as one. */
class Changes {
  #isPending = false
  #timer: NodeJS.Timeout | undefined
  #wake: () => void = () => undefined

  note(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.wake(), SETTLE_MS)
  }

  wake(): void {
    clearTimeout(this.#timer)
    this.#isPending = true
    this.#wake()
  }

  async next(): Promise<void> {
    if (!this.#isPending)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    this.#isPending = false
  }
}

/** The directory of a file is watched: an editor replaces the file itself. */
async function watcherOf(path: string, changes: Changes): Promise<FSWatcher> {
  try {
    if ((await stat(path)).isDirectory()) return watch(path, () => changes.note())
    const name = basename(path)
    return watch(dirname(path), (_event, changed) => {
      if (changed === null || changed === name) changes.note()
    })
  } catch (error) {
    throw unreadable(path, error)
  }
}
