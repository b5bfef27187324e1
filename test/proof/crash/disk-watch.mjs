// How fast the disk itself is meanwhile: a new file, a write and a flush, without the library. A machine that stops for
// seconds makes every deadline look broken, and readers of a failure have to know.
import { open, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 200
const BLOCK = Buffer.alloc(4096, 1)

export class DiskWatch {
  #path
  #stopped = false
  #running
  #slowestMs = 0

  /** @param path of a file that is made and removed again and again */
  constructor(path) {
    this.#path = path
    this.#running = this.#run()
  }

  /** The longest of all since the last question. */
  takeSlowestMs() {
    const slowestMs = this.#slowestMs
    this.#slowestMs = 0
    return slowestMs
  }

  async stop() {
    this.#stopped = true
    await this.#running
  }

  async #run() {
    while (!this.#stopped) {
      const started = performance.now()
      const file = await open(this.#path, 'w')
      await file.write(BLOCK)
      await file.sync()
      await file.close()
      await rm(this.#path)
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - started)
      await sleep(PAUSE_MS)
    }
  }
}
