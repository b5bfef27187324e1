import { FormatError } from '../../base/errors.js'
import type { ByteSource } from '../../base/byte-source.js'
import { isSafePath } from '../../format/record.js'

/** A file of an archive. Its content has to be read before the next one. */
export interface TarFile {
  readonly path: string
  readonly bytes: number
  readonly content: AsyncIterable<Uint8Array>
}

const BLOCK_BYTES = 512
/** Most bytes of a record with a name: paths are shorter. */
const RECORD_BYTES_MAX = 64 * 1024

/**
 * The files of a tar archive, in the forms of POSIX (ustar, pax) and GNU tar. Directories are left out: files make
 * theirs. Nothing of it is trusted.
 * @throws FormatError for an archive that is cut or damaged, has a file twice, or has anything but files: links and
 * devices, or paths that lead elsewhere
 */
export async function* readTar(source: ByteSource): AsyncGenerator<TarFile> {
  const input = new Input(source)
  const seen = new Set<string>()
  let named: { path?: string; bytes?: number } = {}
  for (;;) {
    const block = await input.take(BLOCK_BYTES)
    if (block.every((byte) => byte === 0)) return await input.drain()
    const header = parseHeader(block)
    if (header.type === 'x' || header.type === 'L') {
      if (header.bytes > RECORD_BYTES_MAX) throw new FormatError('a name in it is too long')
      const record = await input.take(header.bytes)
      await input.skip(paddingOf(header.bytes))
      named = header.type === 'L' ? { path: textOf(record) } : parseRecords(record)
      continue
    }
    const path = withoutDots(named.path ?? header.path)
    const bytes = named.bytes ?? header.bytes
    named = {}
    if (header.type === '5') continue
    if (header.type !== '0' && header.type !== '\0')
      throw new FormatError(`${JSON.stringify(path)} is not a file`)
    if (!isSafePath(path)) throw new FormatError(`it has the unsafe path ${JSON.stringify(path)}`)
    if (seen.has(path)) throw new FormatError(`it has ${JSON.stringify(path)} twice`)
    seen.add(path)
    let left = bytes
    const content = (async function* () {
      while (left > 0) {
        const piece = await input.some(left)
        left -= piece.length
        yield piece
      }
    })()
    yield { path, bytes, content }
    // What its reader has left.
    await input.skip(left + paddingOf(bytes))
  }
}

/** `tar` packs the directory `.` with names that begin so. */
function withoutDots(path: string): string {
  return path.startsWith('./') ? withoutDots(path.slice(2)) : path
}

interface Header {
  readonly path: string
  readonly bytes: number
  readonly type: string
}

function parseHeader(block: Uint8Array): Header {
  const text = (start: number, length: number): string =>
    textOf(block.subarray(start, start + length))
  const expected = Number.parseInt(text(148, 8).trim(), 8)
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (sum !== expected) throw new FormatError('a header in it is damaged')
  const prefix = text(257, 5) === 'ustar' && text(257, 8) !== 'ustar  ' ? text(345, 155) : ''
  const name = text(0, 100)
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    bytes: parseSize(block.subarray(124, 136)),
    type: String.fromCharCode(block[156] ?? 0),
  }
}

/** Octal digits; GNU tar writes larger numbers in base 256, after a first byte of 0x80. */
function parseSize(field: Uint8Array): number {
  const size =
    field[0] === 0x80
      ? field.subarray(1).reduce((value, byte) => value * 256 + byte, 0)
      : Number.parseInt(textOf(field).trim() || '0', 8)
  if (!Number.isSafeInteger(size) || size < 0) throw new FormatError('a size in it is not a number')
  return size
}

/** Lines of `LENGTH KEY=VALUE`. */
function parseRecords(record: Uint8Array): { path?: string; bytes?: number } {
  const found: { path?: string; bytes?: number } = {}
  for (let at = 0; at < record.length;) {
    const space = record.indexOf(0x20, at)
    const length = Number(textOf(record.subarray(at, space)))
    if (space < 0 || !Number.isInteger(length) || length < 5 || at + length > record.length)
      throw new FormatError('a record in it is damaged')
    const line = Buffer.from(record.subarray(space + 1, at + length - 1)).toString()
    const equals = line.indexOf('=')
    const [key, value] = [line.slice(0, equals), line.slice(equals + 1)]
    if (key === 'path') found.path = value
    if (key === 'size') {
      found.bytes = Number(value)
      if (!Number.isSafeInteger(found.bytes) || found.bytes < 0)
        throw new FormatError('a size in it is not a number')
    }
    at += length
  }
  return found
}

function paddingOf(bytes: number): number {
  return (BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES
}

/** Up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString()
}

/** The bytes of a stream, in the pieces that are asked for. */
class Input {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #waiting: Uint8Array = new Uint8Array(0)

  constructor(source: ByteSource) {
    this.#source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** At least one byte, at most `most`. */
  async some(most: number): Promise<Uint8Array> {
    while (this.#waiting.length === 0) {
      const next = await this.#source.next()
      if (next.done === true) throw new FormatError('it ends too early')
      this.#waiting = next.value
    }
    const piece = this.#waiting.subarray(0, most)
    this.#waiting = this.#waiting.subarray(piece.length)
    return piece
  }

  /** Exactly that many. */
  async take(length: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for (let left = length; left > 0;) {
      const piece = await this.some(left)
      left -= piece.length
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) left -= (await this.some(left)).length
  }

  /** To the end: what writes the stream would fail otherwise. */
  async drain(): Promise<void> {
    while ((await this.#source.next()).done !== true);
  }
}
