import { isStorageError } from '../../base/errors.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { INLINE_BYTES_MAX } from '../../engine/journal/segments.js'
import type { Store } from '../../engine/store.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import { NO_HEAD, type PromptHead } from '../prompt-heads.js'
import { movesIn, type HistoryEntry } from '../prompt-history.js'
import type { CopiedRecord } from '../version-copies.js'
import {
  appendHistory,
  decodeHead,
  decodeHistory,
  encodeHead,
  encodeHistory,
  HEAD_BYTES_MAX,
  HISTORY_BYTES_FULL,
  type StoredHead,
} from './head-file.js'
import { LabelMoves } from './label-moves.js'
import type { MovingFiles } from './moving-files.js'
import { headPathIn, historyPathIn, type StoreLayout } from './store-layout.js'

/** A head, and the bytes of its file; without any, the prompt has none. */
export interface ReadHead extends Partial<StoredHead> {
  readonly bytes?: Uint8Array
  /** Where the head and its history are, or a first one goes. */
  readonly directory: string
}

/** What a transaction changes beside the versions of a prompt. */
export interface HeadChange {
  /** The new head; `undefined` if it stays as it is, and then there are no entries. */
  readonly head: PromptHead | undefined
  readonly entries: readonly HistoryEntry[]
}

/** The number of the first file of a history. */
const FIRST = 1
const HEAD_LIMIT = { maxBytes: HEAD_BYTES_MAX }
/** From this length on, a history that is written as a whole has larger files. */
const HISTORY_BYTES_LONG = 1024 * 1024
const STAGED_BYTES = 2 * INLINE_BYTES_MAX
const HISTORY_LIMIT = { maxBytes: VERSION_FILE_BYTES_MAX }

/** A file in one of the directories of a prompt. */
interface FoundFile {
  readonly directory: string
  readonly path: string
  readonly found: Uint8Array
}

/** The files of heads and of the histories of prompts. */
export class HeadFiles {
  readonly #directory: Store
  readonly #layout: StoreLayout
  readonly #moving: MovingFiles
  readonly #checksums: boolean

  constructor({
    directory,
    layout,
    moving,
    checksums,
  }: {
    readonly directory: Store
    readonly layout: StoreLayout
    readonly moving: MovingFiles
    readonly checksums: boolean
  }) {
    this.#directory = directory
    this.#layout = layout
    this.#moving = moving
    this.#checksums = checksums
  }

  /** @throws StorageError FS-LOAD-001, FS-LOAD-002 for a damaged one */
  async read(promptId: string): Promise<ReadHead> {
    const file = await this.#find(promptId, headPathIn, HEAD_LIMIT)
    if (file === undefined) return { directory: this.#layout.promptDirectory(promptId) }
    const { directory, path, found: bytes } = file
    return {
      bytes,
      directory,
      ...decodeHead(bytes, { promptId, path }, { checksums: this.#checksums }),
    }
  }

  /** Looks for a file in each directory of the prompt: while the store is resharded, it may be in either. */
  async #find(
    promptId: string,
    pathIn: (directory: string) => string,
    limit: { readonly maxBytes: number },
  ): Promise<FoundFile | undefined> {
    return await this.#moving.find(
      () =>
        this.#layout
          .promptDirectories(promptId)
          .map((directory) => ({ directory, path: pathIn(directory) })),
      async (path) => await this.#readFile(path, limit),
    )
  }

  /** Where a file is in the place of the prompt's directory, there is neither head nor history. */
  async #readFile(
    path: string,
    limit: { readonly maxBytes: number },
  ): Promise<Uint8Array | undefined> {
    try {
      return await this.#directory.read(path, limit)
    } catch (error) {
      if (isStorageError(error) && error.context['error'] === 'ENOTDIR') return undefined
      throw error
    }
  }

  /** Full files are moved before the head, so each has a place of its own. */
  async #findHistory(promptId: string, number: number): Promise<FoundFile | undefined> {
    return await this.#find(
      promptId,
      (directory) => historyPathIn(directory, number),
      HISTORY_LIMIT,
    )
  }

  /** All entries, the oldest first. Files only grow, so these are at least those that the head counted. */
  async history(promptId: string): Promise<readonly HistoryEntry[]> {
    const { history = 0 } = await this.read(promptId)
    const all: HistoryEntry[] = []
    for (let number = FIRST; number <= history; number++) {
      const file = await this.#findHistory(promptId, number)
      if (file === undefined) continue
      const { path, found: bytes } = file
      for (const entry of decodeHistory(bytes, { promptId, path })) all.push(entry)
    }
    return Object.freeze(all)
  }

  /** As `history`, without the head: of all files, from the first one on. */
  async historyAlone(
    promptId: string,
  ): Promise<{ readonly files: number; readonly entries: readonly HistoryEntry[] }> {
    const all: HistoryEntry[] = []
    for (let number = FIRST; ; number++) {
      const file = await this.#findHistory(promptId, number)
      if (file === undefined) return { files: number - 1, entries: Object.freeze(all) }
      const { path, found: bytes } = file
      for (const entry of decodeHistory(bytes, { promptId, path })) all.push(entry)
    }
  }

  /** The operations that make the change to the head, if it is still as it was read. */
  async operations(
    promptId: string,
    read: ReadHead,
    { head, entries }: HeadChange,
  ): Promise<Operation[]> {
    const path = headPathIn(read.directory)
    const elsewhere = read.bytes === undefined ? this.#absentBeside(promptId, path) : []
    if (head === undefined) return [unchanged(path, read), ...elsewhere]
    const { bytes: before, history = FIRST, moves: count = 0 } = read
    const file = entries.length === 0 ? undefined : await this.#appended(promptId, read, entries)
    const stored = { head, history: file?.number ?? history, moves: count + entries.length }
    const written = this.#written(path, before, stored)
    // The history needs no condition of its own: the head changes with each entry.
    return file === undefined ? [written, ...elsewhere] : [written, file.operation, ...elsewhere]
  }

  /** The operations that put another head and another history in place of those that were read. */
  async replacement(
    promptId: string,
    read: ReadHead,
    { head, history }: CopiedRecord,
  ): Promise<Operation[]> {
    const { directory, bytes: before, history: last = 0, moves: count = 0 } = read
    const path = headPathIn(directory)
    const parts = historyParts(history)
    const operations: Operation[] = parts.map((bytes, at) => {
      const isLast = at === parts.length - 1
      const moves = movesIn(history.slice(isLast ? count : history.length))
      const tag = new LabelMoves({ directory, promptId }, moves)
      return { kind: 'replace', path: historyPathIn(directory, at + FIRST), bytes, tag }
    })
    for (let number = parts.length + FIRST; number <= last; number++) {
      const old = historyPathIn(directory, number)
      const exists = (await this.#directory.read(old, HISTORY_LIMIT)) !== undefined
      if (exists) operations.push({ kind: 'remove', path: old })
    }
    const isKept = head !== undefined || history.length > 0
    const elsewhere = before === undefined ? this.#absentBeside(promptId, path) : []
    if (!isKept) {
      const removed: Operation =
        before === undefined ? unchanged(path, read) : { kind: 'remove', path, ifBytes: before }
      return [removed, ...operations, ...elsewhere]
    }
    const stored = {
      head: head ?? NO_HEAD,
      history: Math.max(FIRST, parts.length),
      moves: history.length,
    }
    return [this.#written(path, before, stored), ...operations, ...elsewhere]
  }

  #written(path: string, before: Uint8Array | undefined, stored: StoredHead): Operation {
    const bytes = encodeHead(stored, { checksum: this.#checksums })
    return before === undefined
      ? { kind: 'create', path, bytes }
      : { kind: 'replace', path, bytes, ifBytes: before }
  }

  /** A prompt has one head, at one of its places. */
  #absentBeside(promptId: string, path: string): readonly Operation[] {
    return this.absent(promptId).filter((check) => check.path !== path)
  }

  /** The conditions that the prompt has no head. */
  absent(promptId: string): readonly Operation[] {
    const paths = this.#layout.headPaths(promptId)
    return paths.map((path) => ({ kind: 'check', path, absent: true }))
  }

  /** The file of the history that is not full yet. One that exists is never replaced by less than it holds. */
  async #appended(
    promptId: string,
    { directory, history = FIRST }: ReadHead,
    entries: readonly HistoryEntry[],
  ): Promise<{ readonly number: number; readonly operation: Operation }> {
    for (let number = history; ; number++) {
      const before = (await this.#findHistory(promptId, number))?.found ?? new Uint8Array(0)
      if (before.length >= HISTORY_BYTES_FULL) continue
      const path = historyPathIn(directory, number)
      const bytes = appendHistory(before, entries)
      const tag = new LabelMoves({ directory, promptId }, movesIn(entries))
      return { number, operation: { kind: 'replace', path, bytes, tag } }
    }
  }
}

/**
 * The texts of the files of a history, each but the last one full. Those of a long one are so large that the engine
 * stages them: together, smaller ones would be more than a transaction takes.
 */
function historyParts(history: readonly HistoryEntry[]): readonly Uint8Array[] {
  const lines = history.map((entry) => encodeHistory([entry]))
  const total = lines.reduce((sum, line) => sum + line.length, 0)
  const full = total > HISTORY_BYTES_LONG ? STAGED_BYTES : HISTORY_BYTES_FULL
  const parts: Uint8Array[] = []
  let part: Uint8Array[] = []
  let bytes = 0
  for (const line of lines) {
    part.push(line)
    bytes += line.length
    if (bytes < full) continue
    parts.push(Buffer.concat(part))
    part = []
    bytes = 0
  }
  return part.length === 0 ? parts : [...parts, Buffer.concat(part)]
}

function unchanged(path: string, { bytes }: ReadHead): Operation {
  return bytes === undefined
    ? { kind: 'check', path, absent: true }
    : { kind: 'check', path, ifBytes: bytes }
}
