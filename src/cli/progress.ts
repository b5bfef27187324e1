import { Presets, SingleBar } from 'cli-progress'
import type { Environment } from './environment.js'

/** Work of fewer steps is over before a bar could be read. */
const STEPS_MIN = 100

export interface Progress {
  readonly update: (done: number, total: number) => void
  readonly stop: () => void
}

/** A bar on standard error, only for long work and only where a person watches it. */
export function createProgress(environment: Pick<Environment, 'stderr'>, quiet: boolean): Progress {
  let bar: SingleBar | undefined
  const isWatched = environment.stderr.isTTY && !quiet
  return {
    update(done, total) {
      if (!isWatched || total <= STEPS_MIN) return
      if (bar === undefined) {
        bar = new SingleBar(
          {
            stream: environment.stderr,
            format: '{bar} {percentage}% {value}/{total}',
            clearOnComplete: true,
          },
          Presets.shades_classic,
        )
        bar.start(total, done)
      }
      bar.update(done)
    },
    stop() {
      bar?.stop()
    },
  }
}
