import { createHash, randomBytes } from 'node:crypto'
import type { ByteSource } from '../../base/byte-source.js'
import { wrongArgument } from '../../base/misuse.js'
import { isBytes, kindOf } from '../../base/values.js'
import type { NewFile, Volume } from '../../disk/disk.js'
import { stagedPath, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import { decodeExternal, encodeExternal } from '../../format/record.js'
import { publish } from '../../base/channels.js'
import type { DiskRetries } from '../disk-retries.js'
import type { Journal } from '../journal/journal.js'
import type { Operation } from './transaction.js'

/** Smaller pieces are joined: each write is a hop. */
const WRITE_BYTES = 256 * 1024

/** A frame's description of contents that are not copied into it, by operation. */
export type StagedContents = Map<Operation, Uint8Array>

/**
 * A file that was written and flushed under a private name; a commit gives it its own. `free`: not used yet; `sent`: a
 * commit has it, or that commit's outcome is unknown, so recovery may need it; `gone`: it has its own name now, or was
 * discarded.
 */
export class StagedFile {
  readonly bytes: number
  /** SHA-256. */
  readonly digest: Uint8Array
  readonly path: string
  readonly volume: Volume
  state: 'free' | 'sent' | 'gone' = 'free'

  constructor(volume: Volume, path: string, bytes: number, digest: Uint8Array) {
    this.volume = volume
    this.path = path
    this.bytes = bytes
    this.digest = digest
  }

  /** Its description in a frame. */
  get external(): Uint8Array {
    return encodeExternal({ stagedPath: this.path, bytes: this.bytes, digest: this.digest })
  }
}

/**
 * Contents that are written and flushed under private names before the frame that names them: a crash before that frame
 * leaves only a staged file.
 */
export class Staging {
  readonly #volume: Volume
  readonly #journal: Journal
  readonly #retries: DiskRetries
  /** Files returned by `stage`, until a commit takes them or they are discarded. */
  readonly #files = new Set<StagedFile>()

  constructor(volume: Volume, journal: Journal, retries: DiskRetries) {
    this.#volume = volume
    this.#journal = journal
    this.#retries = retries
  }

  /** @throws TypeError for a file that another directory has staged, and for one that is passed twice */
  check(given: readonly StagedFile[]): void {
    if (given.some((file) => file.volume !== this.#volume))
      throw wrongArgument('What one directory has staged cannot be committed to another')
    if (new Set(given).size < given.length)
      throw wrongArgument('What was staged can get one name only')
  }

  /** Writes a stream to a new private file, in constant memory, and flushes it. A failed call leaves nothing behind. */
  async stage(source: ByteSource): Promise<StagedFile> {
    const volume = this.#volume
    const { path, file } = await this.#retries.again(
      'stage',
      TEMPORARY_DIRECTORY,
      async () => await createStaged(volume),
      { release: ({ file: late }) => void late.close() },
    )
    try {
      const { bytes, digest } = await writeAll(file, source)
      await file.flush()
      await file.close()
      // The name too: the frame that names the file must find it.
      await volume.flushMany([], [TEMPORARY_DIRECTORY])
      const staged = new StagedFile(volume, path, bytes, digest)
      this.#files.add(staged)
      return staged
    } catch (error) {
      await file.close()
      await removeStaged(volume, path)
      throw error
    }
  }

  /** Removes the file, unless a commit has taken it, or may have. */
  async discard(staged: StagedFile): Promise<void> {
    this.forget(staged)
    if (staged.state !== 'free') return
    staged.state = 'gone'
    await removeStaged(this.#volume, staged.path)
  }

  /** A commit has taken it. */
  forget(staged: StagedFile): void {
    this.#files.delete(staged)
  }

  /** Removes files that callers have neither committed nor discarded. */
  async discardAll(): Promise<void> {
    for (const staged of this.#files) await this.discard(staged)
  }

  /**
   * Stages the contents over the journal's `inlineBytesMax` and adds them to `staged`. Without a large content, it
   * takes the same turns for every transaction, so that they are queued in the order of calls.
   */
  async stageLarge(
    operations: readonly Operation[],
    staged: StagedContents,
    useReserve: boolean,
  ): Promise<void> {
    for (const operation of operations) {
      const { bytes, path: name } = operation
      if (bytes === undefined || bytes.length <= this.#journal.inlineBytesMax) continue
      const write = async (): Promise<string> =>
        await this.#retries.again('stage', name, async () => await stageOnce(this.#volume, bytes))
      const path = await (useReserve ? this.#journal.withReserve(write) : write())
      const digest = createHash('sha256').update(bytes).digest()
      staged.set(operation, encodeExternal({ stagedPath: path, bytes: bytes.length, digest }))
    }
  }

  /** Removes the staged files of a transaction in no frame; a failure is announced, as recovery removes them too. */
  async drop(staged: StagedContents): Promise<void> {
    for (const content of staged.values())
      await removeStaged(this.#volume, decodeExternal(content).stagedPath)
  }
}

/** Under a new name each time: a file that a failed attempt has left has another one; the next open removes it. */
async function stageOnce(volume: Volume, bytes: Uint8Array): Promise<string> {
  const path = stagedPath(volume.sign, randomBytes(8).toString('hex'))
  await volume.write(path, bytes, { replace: false, flush: true })
  return path
}

/** Under a new name each time. Bytes taken from the source cannot be read again: from here on nothing is retried. */
async function createStaged(
  volume: Volume,
): Promise<{ readonly path: string; readonly file: NewFile }> {
  const path = stagedPath(volume.sign, randomBytes(8).toString('hex'))
  return { path, file: await volume.createFile(path) }
}

/** A file that cannot be removed is announced: the next open removes it. */
export async function removeStaged(volume: Volume, path: string): Promise<void> {
  try {
    await volume.remove(path)
  } catch (error) {
    publish('background-error', () => ({ directory: volume.directory, stage: 'staged', error }))
  }
}

async function writeAll(
  file: NewFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ readonly bytes: number; readonly digest: Uint8Array }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of inPieces(source)) {
    hash.update(piece)
    await file.append(piece)
    bytes += piece.length
  }
  return { bytes, digest: hash.digest() }
}

async function* inPieces(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    if (!isBytes(chunk))
      throw wrongArgument(`A stream of bytes must yield Uint8Arrays, got ${kindOf(chunk)}`)
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes < WRITE_BYTES) continue
    yield joined(waiting)
    waiting = []
    bytes = 0
  }
  if (bytes > 0) yield joined(waiting)
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 ? (chunks[0] ?? new Uint8Array(0)) : Buffer.concat(chunks)
}
