import { runGit } from './git.js'

/** An object of a repository. */
export interface GitObject {
  readonly id: string
  /** 'blob', 'commit', 'tag' or 'tree'; 'missing' if the repository does not have it. */
  readonly type: string
  readonly bytes: Buffer
}

/** Objects by their ids, in that order, from one `git cat-file --batch`. */
export async function* readObjects(
  directory: string,
  ids: readonly string[],
): AsyncGenerator<GitObject> {
  if (ids.length === 0) return
  const input = ids.map((id) => `${id}\n`)
  const reader = new Reader(runGit(directory, ['cat-file', '--batch', '--buffer'], input))
  for (;;) {
    const head = await reader.line()
    if (head === undefined) return
    const [id = '', type = '', size] = head.split(' ')
    const bytes = size === undefined ? Buffer.alloc(0) : await reader.bytes(Number(size))
    // A line end follows the content.
    if (size !== undefined) await reader.bytes(1)
    yield { id, type, bytes }
  }
}

/** Cuts a stream into lines and blocks. */
class Reader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Without its end; undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\n')
      if (end >= 0) return this.#take(end + 1).toString('latin1', 0, end)
      if (!(await this.#more())) return undefined
    }
  }

  /** Fewer only at the end of the stream. */
  async bytes(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) break
      const part = this.#take(Math.min(left, this.#rest.length))
      parts.push(part)
      left -= part.length
    }
    return Buffer.concat(parts)
  }

  #take(count: number): Buffer {
    const taken = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return taken
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done === true) return false
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value])
    return true
  }
}
