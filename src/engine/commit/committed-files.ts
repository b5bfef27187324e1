import { inTurn } from '../../base/turns.js'
import { toError } from '../../base/values.js'
import type { OpenFile, Volume } from '../../disk/disk.js'
import { decodeExternal, OperationKind, type RecordOperation } from '../../format/record.js'
import type { JournalOverlay } from '../journal/overlay.js'

/** The files of a store as its commits have left them, whether already published or not. */
export class CommittedFiles {
  readonly #volume: Volume
  readonly #overlay: JournalOverlay | undefined

  constructor(volume: Volume, overlay: JournalOverlay | undefined) {
    this.#volume = volume
    this.#overlay = overlay
  }

  /** From the page cache, at once, where possible. */
  async read(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const redone = this.#overlay?.get(path)
    if (redone !== undefined) return await contentAfterRedo(this.#volume, redone, maxBytes)
    const hot = this.#volume.readHot(path, maxBytes)
    return hot === undefined ? await this.#volume.read(path, maxBytes) : await inTurn(hot)
  }

  /** Published files are read in one hop; each has its own result. */
  async readMany(
    paths: readonly string[],
    maxBytes: number,
  ): Promise<readonly (Uint8Array | undefined | Error)[]> {
    const overlay = this.#overlay
    const plain = paths.filter((path) => overlay?.get(path) === undefined)
    const read = plain.length === 0 ? [] : await this.#volume.readMany(plain, maxBytes)
    if (plain.length === paths.length) return read
    const found = new Map(plain.map((path, at) => [path, read[at]]))
    return await Promise.all(
      paths.map(async (path) =>
        found.has(path) ? found.get(path) : await this.#readOrError(path, maxBytes),
      ),
    )
  }

  async #readOrError(path: string, maxBytes: number): Promise<Uint8Array | undefined | Error> {
    try {
      return await this.read(path, maxBytes)
    } catch (error) {
      return toError(error)
    }
  }

  async open(path: string): Promise<OpenFile | undefined> {
    return await openCommitted(this.#volume, this.#overlay?.get(path), path)
  }
}

/** The bytes of a path after redo, for a store that could not be recovered in place; undefined when it is removed. */
export async function contentAfterRedo(
  volume: Volume,
  operation: RecordOperation,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (operation.kind === OperationKind.remove) return undefined
  if (!operation.external) return operation.content
  const { stagedPath } = decodeExternal(operation.content)
  return (await volume.read(stagedPath, maxBytes)) ?? (await volume.read(operation.path, maxBytes))
}

/** As `contentAfterRedo`, but opened to be read in pieces. `redone` is the operation of redo on the path, if any. */
async function openCommitted(
  volume: Volume,
  redone: RecordOperation | undefined,
  path: string,
): Promise<OpenFile | undefined> {
  if (redone === undefined) return await volume.openFile(path)
  if (redone.kind === OperationKind.remove) return undefined
  if (!redone.external) return inMemory(redone.content)
  const { stagedPath } = decodeExternal(redone.content)
  return (await volume.openFile(stagedPath)) ?? (await volume.openFile(path))
}

function inMemory(content: Uint8Array): OpenFile {
  return {
    bytes: content.length,
    read: async (offset, length) => content.slice(offset, offset + length),
    close: async () => undefined,
  }
}
