import { appendFile, open, readFile, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { platform } from 'node:process'
import { attempt, attemptFlush, attemptPresent } from './node-error.js'

/**
 * A file of lines that only grows. A line is on the disk when its `append` resolves; the end of a line that a crash cut
 * off is not part of any, and is overwritten by nothing.
 */
export class LineLog {
  readonly path: string
  readonly #handle: FileHandle
  #tail: Promise<void> = Promise.resolve()

  /** Makes the file if it does not exist. @throws DiskError */
  static async open(path: string): Promise<LineLog> {
    const full = resolve(path)
    const text = await readText(full)
    const handle = await attempt('open', full, async () => await open(full, 'a', 0o600))
    // A line that was cut off by a crash ends here, so that the next one begins on its own.
    if (text !== '' && !text.endsWith('\n'))
      await attempt('write', full, async () => await appendFile(handle, '\n'))
    await attemptFlush(handle, full)
    await flushDirectory(dirname(full))
    return new LineLog(full, handle)
  }

  /** The lines of a file, the cut-off ones among them; none if it does not exist. */
  static async read(path: string): Promise<readonly string[]> {
    return (await readText(resolve(path))).split('\n').filter((line) => line !== '')
  }

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** Calls of the same moment wait for each other. @param line without a line end */
  async append(line: string): Promise<void> {
    const before = this.#tail
    const written = this.#append(before, line)
    this.#tail = written.catch(() => undefined)
    await written
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#handle.close()
  }

  async #append(before: Promise<void>, line: string): Promise<void> {
    await before
    await attempt('write', this.path, async () => await appendFile(this.#handle, `${line}\n`))
    await attemptFlush(this.#handle, this.path)
  }
}

async function readText(path: string): Promise<string> {
  return (await attemptPresent('read', path, async () => await readFile(path, 'utf8'))) ?? ''
}

/** The name is on the disk when its directory is. Windows writes it itself, and opens no directories. */
async function flushDirectory(path: string): Promise<void> {
  if (platform === 'win32') return
  const handle = await attempt('open', path, async () => await open(path, 'r'))
  try {
    await attemptFlush(handle, path)
  } finally {
    await handle.close()
  }
}
