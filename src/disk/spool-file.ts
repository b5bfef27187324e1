import { randomBytes } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** The bytes of one read: as much as a stream keeps in memory. */
const READ_BYTES = 256 * 1024

/**
 * A temporary file without a name, for content that is too large for memory and must be read more than once. Nothing of
 * it is kept: it is gone when it is closed, and when the process ends in any way.
 */
export class SpoolFile implements AsyncDisposable {
  readonly #handle: FileHandle
  /** Set where it still has its name: on systems that cannot unlink an open file. */
  readonly #path: string | undefined
  #bytes = 0

  /** @param directory default: the system's directory for temporary files */
  static async create(directory: string = tmpdir()): Promise<SpoolFile> {
    const path = join(directory, `holdfast-spool-${randomBytes(16).toString('hex')}`)
    const handle = await open(path, 'wx+', 0o600)
    try {
      await rm(path)
      return new SpoolFile(handle, undefined)
    } catch {
      return new SpoolFile(handle, path)
    }
  }

  private constructor(handle: FileHandle, path: string | undefined) {
    this.#handle = handle
    this.#path = path
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Appends; one call at a time. */
  async append(chunk: Uint8Array): Promise<void> {
    let written = 0
    while (written < chunk.length) {
      const { bytesWritten } = await this.#handle.write(
        chunk,
        written,
        chunk.length - written,
        this.#bytes,
      )
      written += bytesWritten
      this.#bytes += bytesWritten
    }
  }

  /** The whole content from its beginning; any number of times, also concurrently. */
  read(): Readable {
    return Readable.from(this.#chunks(), { objectMode: false })
  }

  /** Fills `memory` with the bytes from `position` on. */
  async readInto(memory: Uint8Array, position: number): Promise<void> {
    let filled = 0
    while (filled < memory.length) {
      const at = position + filled
      const { bytesRead } = await this.#handle.read(memory, filled, memory.length - filled, at)
      if (bytesRead === 0) throw this.#cut(at)
      filled += bytesRead
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
    if (this.#path !== undefined) await rm(this.#path, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    let position = 0
    while (position < this.#bytes) {
      const wanted = Math.min(READ_BYTES, this.#bytes - position)
      const { bytesRead, buffer } = await this.#handle.read(
        Buffer.allocUnsafe(wanted),
        0,
        wanted,
        position,
      )
      if (bytesRead === 0) throw this.#cut(position)
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  #cut(at: number): Error {
    return new Error(`A spool file ends at ${at} of ${this.#bytes} bytes`)
  }
}
