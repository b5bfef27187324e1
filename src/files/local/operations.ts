import type { PromptNameOptions } from '../../document/prompt-id.js'
import type { DurableDirectory } from '../../engine/durable-directory.js'
import { ifStill, type Operation } from '../../engine/commit/transaction.js'
import type { StoredFile } from '../backend.js'
import type { LocalContent } from './body.js'
import { documentPath, payloadName, payloadPath, payloadPaths } from './path.js'
import { encodeLocalRecord, WRITTEN_DOCUMENT_BYTES_MAX } from './record.js'

/** A file's document as it lies on the disk. `file` is undefined when it is damaged. */
export interface FoundRecord {
  readonly bytes: Uint8Array
  readonly file: StoredFile | undefined
}

/** More operations for the commit that stores or deletes a file; asked again for each attempt. */
export type Alongside = (file: StoredFile) => readonly Operation[]

/** What one commit does to store or to remove a file, in the place of the document that was found. */
export class LocalOperations {
  readonly #directory: DurableDirectory
  readonly #names: PromptNameOptions

  constructor(directory: DurableDirectory, names: PromptNameOptions) {
    this.#directory = directory
    this.#names = names
  }

  async store(
    file: StoredFile,
    content: LocalContent,
    found: FoundRecord | undefined,
  ): Promise<Operation[]> {
    const name = payloadName(file.key, this.#names)
    const path = payloadPath(name, file.document)
    const bytes = encodeLocalRecord(file)
    return [
      found === undefined
        ? { kind: 'create', path: documentPath(name), bytes }
        : {
            kind: 'replace',
            path: documentPath(name),
            bytes,
            ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX),
          },
      { kind: 'replace', path, ...content },
      ...(await this.#removals(oldPaths(name, found).filter((old) => old !== path))),
    ]
  }

  async remove(key: string, found: FoundRecord | undefined): Promise<Operation[]> {
    if (found === undefined) return []
    const name = payloadName(key, this.#names)
    return [
      {
        kind: 'remove',
        path: documentPath(name),
        ...ifStill(found.bytes, WRITTEN_DOCUMENT_BYTES_MAX),
      },
      ...(await this.#removals(oldPaths(name, found))),
    ]
  }

  /** A payload that somebody has removed by hand does not stand in the way of the next. */
  async #removals(paths: readonly string[]): Promise<Operation[]> {
    const stats = await Promise.all(
      paths.map(async (path) => ({ path, stat: await this.#directory.volume.stat(path) })),
    )
    return stats
      .filter(({ stat }) => stat?.kind === 'file')
      .map(({ path }) => ({ kind: 'remove', path }))
  }
}

/** A damaged document does not tell where its payload lies. */
function oldPaths(name: string, found: FoundRecord | undefined): string[] {
  if (found === undefined) return []
  return found.file === undefined ? payloadPaths(name) : [payloadPath(name, found.file.document)]
}
