import { wrongArgument } from './misuse.js'
import { kindOf } from './values.js'

/** Bytes as a caller hands them over: a stream of Node or of the web, or anything that can be iterated. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What is to be stored: bytes at hand, or a stream of them, which is read once. */
export type FileBody = Uint8Array | AsyncIterable<Uint8Array>

/** Stored bytes from `start` to `end`, both counted from 0, `end` not included; without `end`, all that follow. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/** What streams and iterators offer to be released by; each has one of them, or none. */
interface Releasable {
  readonly on?: unknown
  readonly destroy?: unknown
  readonly cancel?: unknown
  readonly return?: unknown
}

/**
 * Runs a call that reads a source. The source may fail before anything reads it: from the first line on its failure is
 * one of the call, and not an unhandled `error` event, which ends the process. A call that fails, for whatever reason,
 * leaves no source open.
 *
 * @throws TypeError for what yields no bytes; what `read` throws
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

/** The reader of a stream that has failed gets its error all the same, at its first read. */
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

/** The caller is told why the call failed; that the rest of a source could not be given up says nothing more. */
function ignoring(work: () => unknown): void {
  new Promise((resolve) => resolve(work())).then(ignore, ignore)
}

function ignore(): void {}
