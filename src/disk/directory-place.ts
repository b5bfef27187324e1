import { access, constants, stat } from 'node:fs/promises'
import { attempt, attemptPresent } from './node-error.js'
import { Operations } from './node-calls.js'

const LOOK = { syscall: 'stat', path: '', phase: 'read' } as const

/**
 * Whether a path still leads to the directory that was opened by it. Descriptors go on working in a directory that was
 * moved away, removed or mounted over; the next process to open the store finds something else there.
 */
export class DirectoryPlace {
  readonly #directory: string
  readonly #ioTimeoutMs: number
  readonly #identity: string | undefined
  readonly #operations = new Operations()

  /** @throws DiskError if the directory cannot be examined */
  static async of(directory: string, ioTimeoutMs: number): Promise<DirectoryPlace> {
    return new DirectoryPlace(directory, ioTimeoutMs, await identityOf(directory))
  }

  private constructor(directory: string, ioTimeoutMs: number, identity: string | undefined) {
    this.#directory = directory
    this.#ioTimeoutMs = ioTimeoutMs
    this.#identity = identity
  }

  /** @throws DiskError EACCES if the directory may not be read by its path, ETIMEDOUT */
  async isHeld(): Promise<boolean> {
    return await this.#operations.run(LOOK, this.#ioTimeoutMs, async () => {
      const identity = await identityOf(this.#directory)
      if (identity === undefined || identity !== this.#identity) return false
      const mode = constants.R_OK | constants.X_OK
      await attempt('access', '', async () => await access(this.#directory, mode))
      return true
    })
  }
}

async function identityOf(directory: string): Promise<string | undefined> {
  const look = async (): Promise<string> => {
    const { dev, ino } = await stat(directory, { bigint: true })
    return `${dev}:${ino}`
  }
  return await attemptPresent('stat', '', look)
}
