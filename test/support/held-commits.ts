import type { Disk } from '../../src/disk/disk.js'
import { interceptedDisk } from '../unit/engine/support.js'

/** A disk whose commits can be held on their way to it. */
export class HeldCommits {
  readonly disk: Disk
  #held: { readonly reached: () => void; readonly released: Promise<void> } | undefined
  #release = (): void => undefined
  /** How many commits of transactions have reached the disk. */
  count = 0

  constructor(below: Disk) {
    this.disk = interceptedDisk(
      below,
      (_, call) => call(),
      (name, call, [request]) => {
        const isCommit = name === 'commit' && (request as { kind: string }).kind === 'commit'
        if (!isCommit) return call()
        this.count++
        const held = this.#held
        if (held === undefined) return call()
        this.#held = undefined
        held.reached()
        return held.released.then(call)
      },
    )
  }

  /** Holds the next commit; resolves when it has come, decided by all that its process knew. */
  async next(): Promise<void> {
    const released = new Promise<void>((resolve) => (this.#release = resolve))
    await new Promise<void>((resolve) => (this.#held = { reached: resolve, released }))
  }

  release(): void {
    this.#release()
  }
}
