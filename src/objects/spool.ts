import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { isBytes } from '../base/values.js'
import { SpoolFile } from '../disk/spool-file.js'
import type { FileBody } from '../base/byte-source.js'

/** A streamed body of up to this many bytes stays in memory. */
const MEMORY_BYTES_MAX = 1024 * 1024

/** A body of known size and digest, that can be sent any number of times. */
export class SpooledBody implements AsyncIterable<Uint8Array> {
  readonly bytes: number
  /** Base64: services check it against what arrives. */
  readonly md5: string
  readonly #content: Buffer | SpoolFile

  constructor(content: Buffer | SpoolFile, md5: string) {
    this.bytes = Buffer.isBuffer(content) ? content.length : content.bytes
    this.md5 = md5
    this.#content = content
  }

  /** All bytes at once, if they are in memory; otherwise a stream. */
  open(): Buffer | Readable {
    return Buffer.isBuffer(this.#content) ? this.#content : this.#content.read()
  }

  get isInMemory(): boolean {
    return Buffer.isBuffer(this.#content)
  }

  /** The bytes from `start` before `end`: read into `memory`, unless all are in memory anyway. */
  async part(start: number, end: number, memory: Buffer): Promise<Buffer> {
    if (Buffer.isBuffer(this.#content)) return this.#content.subarray(start, end)
    const part = memory.subarray(0, end - start)
    await this.#content.readInto(part, start)
    return part
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const content = this.open()
    if (Buffer.isBuffer(content)) yield content
    else for await (const chunk of content) yield chunk as Uint8Array
  }

  async close(): Promise<void> {
    if (!Buffer.isBuffer(this.#content)) await this.#content.close()
  }
}

/**
 * Reads a body to its end: into a temporary file when it is a large stream. An upload needs its size before it begins,
 * and a retried one needs the body again. A body that is already spooled stays with its owner, who closes it.
 */
export async function withSpooled<Result>(
  body: FileBody,
  use: (spooled: SpooledBody) => Promise<Result>,
): Promise<Result> {
  if (body instanceof SpooledBody) return await use(body)
  const spooled = isBytes(body) ? spoolBytes(body) : await spoolStream(body)
  try {
    return await use(spooled)
  } finally {
    await spooled.close()
  }
}

export function spoolBytes(bytes: Uint8Array): SpooledBody {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return new SpooledBody(content, createHash('md5').update(content).digest('base64'))
}

async function spoolStream(body: AsyncIterable<Uint8Array>): Promise<SpooledBody> {
  const chunks: Uint8Array[] = []
  const hash = createHash('md5')
  let bytes = 0
  let file: SpoolFile | undefined
  try {
    for await (const chunk of body) {
      hash.update(chunk)
      bytes += chunk.length
      if (file === undefined) chunks.push(chunk)
      else await file.append(chunk)
      if (file === undefined && bytes > MEMORY_BYTES_MAX) file = await spill(chunks)
    }
  } catch (error) {
    await file?.close()
    throw error
  }
  return new SpooledBody(file ?? Buffer.concat(chunks), hash.digest('base64'))
}

async function spill(chunks: Uint8Array[]): Promise<SpoolFile> {
  const file = await SpoolFile.create()
  try {
    for (const chunk of chunks.splice(0)) await file.append(chunk)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
