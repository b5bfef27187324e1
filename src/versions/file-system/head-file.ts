import { TextDecoder } from 'node:util'
import { FormatError, StorageError } from '../../base/errors.js'
import { outOfRange } from '../../base/misuse.js'
import { isErrorNamed, toError } from '../../base/values.js'
import { jsonText, parseJson, type JsonObject } from '../../document/json.js'
import { decodeVersionFile, encodeVersionFile } from '../../document/version-file.js'
import { checkHead, checkHistoryEntry } from '../prompt-head-fields.js'
import type { PromptHead } from '../prompt-heads.js'
import type { HistoryEntry } from '../prompt-history.js'

/** Largest file of a head. Each change writes it as a whole, and compares it with what it was. */
export const HEAD_BYTES_MAX: number = 1024 * 1024
/** A file of the history that has this many bytes is full: the next entry begins a new one. */
export const HISTORY_BYTES_FULL: number = 64 * 1024

/** The content of a head's file. */
export interface StoredHead {
  readonly head: PromptHead
  /** The number of the file that the next entry of the history goes to, unless it is full. */
  readonly history: number
  /**
   * How many entries there are in all files. It grows with each, so the file never returns to bytes that it had before.
   */
  readonly moves: number
}

/** Where the bytes come from, for the errors. */
export interface HeadPlace {
  readonly promptId: string
  readonly path: string
}

/** @throws RangeError for a head of over 1 MiB */
export function encodeHead(
  { head, history, moves }: StoredHead,
  options: { readonly checksum: boolean },
): Uint8Array {
  const bytes = encodeVersionFile({ ...head, history, moves }, options)
  if (bytes.length <= HEAD_BYTES_MAX) return bytes
  throw outOfRange(
    `Labels, tags and deprecations of a prompt must take at most ${HEAD_BYTES_MAX} bytes, got ${bytes.length}`,
  )
}

/**
 * The head in a file. One without a checksum was written by another program, and counts if its fields fit.
 * @throws StorageError FS-LOAD-001 for damaged bytes, FS-LOAD-002 for fields that do not fit
 */
export function decodeHead(
  bytes: Uint8Array,
  place: HeadPlace,
  { checksums }: { readonly checksums: boolean },
): StoredHead {
  const { document, checksum } = decoded(bytes, place)
  if (checksum === 'mismatch' && checksums)
    throw damaged(place, 'its checksum does not fit: it has changed since it was saved', 'checksum')
  const { history, moves, ...head } = document
  if (!isCount(history, 1) || !isCount(moves, 0))
    throw unfit(place, 'Fields "history" and "moves" must be counts')
  return { head: fitting(place, () => checkHead(head, 'head')), history, moves }
}

/** One line of JSON for each entry. */
export function encodeHistory(entries: readonly HistoryEntry[]): Uint8Array {
  return Buffer.from(entries.map((entry) => `${jsonText(entry)}\n`).join(''))
}

/** @throws StorageError FS-LOAD-001 for a line that is not JSON, FS-LOAD-002 for one that is not an entry */
export function decodeHistory(bytes: Uint8Array, place: HeadPlace): readonly HistoryEntry[] {
  return linesOf(bytes, place).map((line, at) => {
    const where = `line ${at + 1}`
    try {
      return fitting(place, () => checkHistoryEntry(parseJson(Buffer.from(line)), where))
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause
      throw damaged(place, `${where} is ${cause.message}`, 'json', cause)
    }
  })
}

/** The bytes of a file with more entries. Another program may have left its last line without an end. */
export function appendHistory(before: Uint8Array, entries: readonly HistoryEntry[]): Uint8Array {
  const isOpen = before.length > 0 && before.at(-1) !== LINE_END
  return Buffer.concat([before, Buffer.from(isOpen ? '\n' : ''), encodeHistory(entries)])
}

const LINE_END = 0x0a

function linesOf(bytes: Uint8Array, place: HeadPlace): readonly string[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.split('\n').filter((line) => line.trim() !== '')
  } catch (cause) {
    throw damaged(place, 'it is not UTF-8', 'json', cause)
  }
}

function decoded(bytes: Uint8Array, place: HeadPlace): { document: JsonObject; checksum: string } {
  try {
    return decodeVersionFile(bytes)
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw damaged(place, `it is not a JSON document (${cause.message})`, 'json', cause)
  }
}

function fitting<Result>(place: HeadPlace, check: () => Result): Result {
  try {
    return check()
  } catch (cause) {
    if (!isErrorNamed(cause, 'TypeError')) throw cause
    throw unfit(place, toError(cause).message, cause)
  }
}

function isCount(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min
}

function damaged(place: HeadPlace, why: string, reason: string, cause?: unknown): StorageError {
  return loadError('FS-LOAD-001', place, why, reason, cause)
}

function unfit(place: HeadPlace, why: string, cause?: unknown): StorageError {
  return loadError('FS-LOAD-002', place, why, 'schema', cause)
}

function loadError(
  code: 'FS-LOAD-001' | 'FS-LOAD-002',
  { promptId, path }: HeadPlace,
  why: string,
  reason: string,
  cause: unknown,
): StorageError {
  return new StorageError(
    code,
    `Cannot load the labels of prompt ${promptId} from ${path}: ${why}`,
    {
      ...(cause === undefined ? {} : { cause }),
      context: { path, prompt_id: promptId, reason },
    },
  )
}
