import { isError } from '../../base/values.js'
import { HEAD_FILE, isHeadFile, PROMPT_FILE } from '../../document/store-names.js'
import { VERSION_FILE_BYTES_MAX } from '../../document/version-file.js'
import type { Operation } from '../../engine/commit/transaction.js'
import { orStorageError, storageError, type FailedOperation } from '../../engine/failure.js'
import { HISTORY_BYTES_FULL } from './head-file.js'
import { commitMoves, moving, type Move } from './moves.js'
import type { OpenStore } from './open-store.js'
import type { PlannedMark } from './store-features.js'
import { headPathIn } from './store-layout.js'
import type { VersionDocument } from '../version-storage.js'

/** What became of a directory: 'empty' if nothing in it belongs to the store. */
export type MoveOutcome = 'moved' | 'empty'

/** Most versions of one transaction, and about the most bytes that it journals. */
const MOVED_TOGETHER = 100
const BYTES_TOGETHER = 1024 * 1024
/** That many contents which are just not too large for the journal fit into a transaction, whatever its segments are. */
const INLINE_TOGETHER = 6
/** What a file takes in the journal beside its path and content, also if the content is elsewhere. */
const ENTRY_BYTES = 128

/** The names of the store's files in a directory. */
interface OwnFiles {
  readonly versions: readonly string[]
  /** The head and the files of its history. */
  readonly head: readonly string[]
  readonly hasId: boolean
}

/** Moves the files of prompts to the directories where new ones go. */
export class PromptMover<Version extends VersionDocument> {
  readonly #store: OpenStore<Version>
  readonly #prompts = new Set<string>()
  #versions = 0

  constructor(store: OpenStore<Version>) {
    this.#store = store
  }

  /** How many prompts were moved. */
  get prompts(): number {
    return this.#prompts.size
  }

  /** How many versions were moved. */
  get versions(): number {
    return this.#versions
  }

  /** Moves what is there now. What has changed meanwhile is left to the next call. */
  async move(mark: PlannedMark, from: string): Promise<MoveOutcome> {
    const own = await this.#list(from)
    if (own.versions.length === 0 && own.head.length === 0 && !own.hasId) return 'empty'
    const [to = from] = this.#store.layout.directoriesBeside(from)
    if (own.hasId) await this.#copyId(mark, from, to)
    // Several prompts are moved at once: read after the wait.
    const versions = await this.#moveFiles(mark, from, to, own.versions)
    this.#versions += versions
    if (own.head.length > 0) {
      await this.#moveFiles(mark, from, to, await this.#fullHistory(from, own.head))
      await this.#moveHead(mark, from, to)
    }
    if (own.hasId) await this.#removeId(mark, from)
    this.#prompts.add(to)
    return 'moved'
  }

  /** Removes an empty directory, and the one above it if that is empty, too. False if it is left. */
  async removeDirectory(path: string): Promise<boolean> {
    const { volume } = this.#store.directory
    await volume.removeDirectory(path)
    if ((await volume.stat(path)) !== undefined) return false
    const end = path.lastIndexOf('/')
    if (end !== -1) await volume.removeDirectory(path.slice(0, end))
    return true
  }

  async #list(directory: string): Promise<OwnFiles> {
    const { directory: store, layout } = this.#store
    const entries = (await store.volume.list(directory)) ?? []
    const names = entries.filter(({ kind }) => kind === 'file').map(({ name }) => name)
    return {
      versions: names.filter((name) => layout.parseVersionName(name) !== undefined),
      head: names.filter((name) => isHeadFile(name)),
      hasId: names.includes(PROMPT_FILE),
    }
  }

  /** Moves files that do not depend on one another, in as few commits as take them. Returns how many were moved. */
  async #moveFiles(
    mark: PlannedMark,
    from: string,
    to: string,
    names: readonly string[],
  ): Promise<number> {
    let moved = 0
    for (let at = 0; at < names.length; at += MOVED_TOGETHER)
      moved += await this.#moveSome(mark, from, to, names.slice(at, at + MOVED_TOGETHER))
    return moved
  }

  async #moveSome(
    mark: PlannedMark,
    from: string,
    to: string,
    names: readonly string[],
  ): Promise<number> {
    const contents = await this.#readAll(names.map((name) => `${from}/${name}`))
    const { inlineBytesMax } = this.#store.directory
    const most = Math.min(BYTES_TOGETHER, INLINE_TOGETHER * inlineBytesMax)
    let moved = 0
    let some: Move[] = []
    let bytes = 0
    for (const [at, name] of names.entries()) {
      const before = contents[at]
      // Deleted meanwhile.
      if (before === undefined) continue
      const move = { from: `${from}/${name}`, to: `${to}/${name}`, before }
      const journaled = journaledBytes(move, inlineBytesMax)
      if (some.length > 0 && bytes + journaled > most) {
        moved += await this.#commit(mark, some)
        some = []
        bytes = 0
      }
      some.push(move)
      bytes += journaled
    }
    if (some.length > 0) moved += await this.#commit(mark, some)
    return moved
  }

  /** One that was deleted meanwhile must not stop the others. Returns how many were moved. */
  async #commit(mark: PlannedMark, moves: readonly Move[]): Promise<number> {
    if (await this.#isCommitted(mark, moves)) return moves.length
    let moved = 0
    if (moves.length > 1) for (const move of moves) moved += await this.#commit(mark, [move])
    return moved
  }

  async #isCommitted(mark: PlannedMark, moves: readonly Move[]): Promise<boolean> {
    const { inlineBytesMax } = this.#store.directory
    const operations = moves.flatMap((move) => moving(move, inlineBytesMax))
    return await commitMoves(mark, operations, `Cannot move '${moves[0]?.from}'`)
  }

  /**
   * The files of the history that are full: they never change again, and are looked for at both places. So they need not
   * be in the commit of the head, which would not hold many of them.
   */
  async #fullHistory(from: string, head: readonly string[]): Promise<readonly string[]> {
    const { volume } = this.#store.directory
    const full: string[] = []
    for (const name of head.filter((one) => one !== HEAD_FILE)) {
      const found = await volume.stat(`${from}/${name}`)
      if (found !== undefined && found.bytes >= HISTORY_BYTES_FULL) full.push(name)
    }
    return full
  }

  /**
   * The head with the rest of its history: each move of a label changes the head, so what was listed and read after it belongs
   * to it if the head is still the same at the commit.
   */
  async #moveHead(mark: PlannedMark, from: string, to: string): Promise<void> {
    const head = await this.#readAll([headPathIn(from)])
    const { head: names } = await this.#list(from)
    const others = names.filter((name) => name !== HEAD_FILE)
    const contents = await this.#readAll(others.map((name) => `${from}/${name}`))
    const { inlineBytesMax } = this.#store.directory
    const operations: Operation[] = []
    for (const [at, name] of others.entries()) {
      const before = contents[at]
      if (before === undefined) continue
      const move = { from: `${from}/${name}`, to: `${to}/${name}`, before }
      for (const one of moving(move, inlineBytesMax)) operations.push(one)
    }
    const before = head[0]
    if (before === undefined)
      operations.push({ kind: 'check', path: headPathIn(from), absent: true })
    else {
      const move = { from: headPathIn(from), to: headPathIn(to), before }
      for (const one of moving(move, Number.POSITIVE_INFINITY)) operations.push(one)
    }
    await commitMoves(mark, operations, `Cannot move the labels of '${from}'`)
  }

  async #copyId(mark: PlannedMark, from: string, to: string): Promise<void> {
    const [bytes] = await this.#readAll([`${from}/${PROMPT_FILE}`])
    if (bytes === undefined) return
    const path = `${to}/${PROMPT_FILE}`
    await commitMoves(mark, [{ kind: 'replace', path, bytes }], `Cannot write '${path}'`)
  }

  /** The last file to go: until then it says whose versions are beside it. */
  async #removeId(mark: PlannedMark, from: string): Promise<void> {
    const left = await this.#list(from)
    if (left.versions.length > 0 || left.head.length > 0) return
    const path = `${from}/${PROMPT_FILE}`
    await commitMoves(mark, [{ kind: 'remove', path }], `Cannot remove '${path}'`)
  }

  async #readAll(paths: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    const { directory } = this.#store
    const failed: FailedOperation = { fallback: 'FS-LOAD-002', what: `Cannot move '${paths[0]}'` }
    const reading = directory.readManyCommitted(paths, VERSION_FILE_BYTES_MAX)
    const contents = await orStorageError(reading, failed)
    return contents.map((content, at) => {
      if (!isError(content)) return content
      throw storageError(content, { fallback: 'FS-LOAD-002', what: `Cannot move '${paths[at]}'` })
    })
  }
}

/** About as many bytes as the move takes in the journal: the content is there twice, unless it is too large for it. */
function journaledBytes({ from, to, before }: Move, inlineBytesMax: number): number {
  const content = before.length > inlineBytesMax ? 0 : before.length
  return Buffer.byteLength(from) + Buffer.byteLength(to) + 2 * (content + ENTRY_BYTES)
}
