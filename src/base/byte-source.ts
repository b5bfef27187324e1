import { wrongArgument } from './misuse.js'
import { kindOf } from './values.js'

/** Bytes from a caller: a Node or web stream, or any iterable of bytes. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Content to store: bytes, or a stream of bytes, which is read once. */
export type FileBody = Uint8Array | AsyncIterable<Uint8Array>

/** A range of stored bytes. `start` and `end` count from 0; `end` is exclusive. Without `end`, up to the last byte. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** The methods by which streams and iterators are released; each has one of them, or none. */
interface Releasable {
  readonly on?: unknown
  readonly destroy?: unknown
  readonly cancel?: unknown
  readonly return?: unknown
}

/**
 * Runs a call that reads a source. The source may fail before the first read: from the start, its failure is one of the
 * call, and not an unhandled `error` event, which ends the process. A call that fails, for any reason, leaves no source
 * open.
 *
 * @throws TypeError for a source that is not a stream of bytes; the errors of `read`
 */
export async function readingFrom<Result>(
  name: string,
  source: ByteSource,
  read: () => Promise<Result>,
): Promise<Result> {
  // Before the first await: a stream may fail in the next turn of the event loop.
  listen(source)
  try {
    checkSource(name, source)
    return await read()
  } catch (error) {
    release(source)
    throw error
  }
}

function checkSource(name: string, source: unknown): void {
  const isIterable =
    typeof source === 'object' &&
    source !== null &&
    (Symbol.asyncIterator in source || Symbol.iterator in source)
  if (isIterable) return
  const expected = 'a stream of bytes (a Readable, a ReadableStream or an async iterable)'
  throw wrongArgument(`Argument "${name}" must be ${expected}, got ${kindOf(source)}`)
}

/** The reader of a failed stream still gets its error, at the first read. */
function listen(source: unknown): void {
  const { on } = partsOf(source)
  if (typeof on === 'function') on.call(source, 'error', ignore)
}

function release(source: unknown): void {
  const { destroy, cancel, return: end } = partsOf(source)
  if (typeof destroy === 'function') destroy.call(source)
  else if (typeof cancel === 'function') ignoring(() => cancel.call(source))
  else if (typeof end === 'function') ignoring(() => end.call(source, undefined))
}

function partsOf(source: unknown): Releasable {
  return typeof source === 'object' && source !== null ? source : {}
}

/** The caller gets the reason why the call failed; a failure to release the source would add nothing. */
function ignoring(work: () => unknown): void {
  new Promise((resolve) => resolve(work())).then(ignore, ignore)
}

function ignore(): void {}
