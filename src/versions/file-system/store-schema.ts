import type { DurableDirectory } from '../../engine/durable-directory.js'
import { publish } from '../../base/channels.js'
import { amendMetadata, readMetadata, withFeature, type Metadata } from './metadata.js'
import { describe, schemaDifference, versionOf, type SchemaInfo } from '../schema-info.js'

/**
 * The schema of a store's documents, as its mark tells it: the mark moves up before the first document is saved with a
 * later version of the schema than it says, never down.
 */
export class StoreSchema {
  readonly #directory: DurableDirectory
  readonly #asked: SchemaInfo | undefined
  readonly #found: SchemaInfo | undefined
  #recording: Promise<void> | undefined

  /**
   * Tells of a store that this program does not fit.
   * @param asked what this program reads and saves with
   * @param found what the mark said when the store was opened
   */
  constructor(
    directory: DurableDirectory,
    asked: SchemaInfo | undefined,
    found: SchemaInfo | undefined,
  ) {
    this.#directory = directory
    this.#asked = asked
    this.#found = found
    this.#tell(schemaDifference(found, asked))
  }

  /** Of the documents that are saved here. */
  get version(): number {
    return versionOf(this.#asked)
  }

  /** What the mark says now, and what is wrong with it for this program. */
  async current(): Promise<{ readonly info: SchemaInfo | null; readonly problem?: string }> {
    const info = (await readMetadata(this.#directory))?.schema
    const problem = schemaDifference(info, this.#asked)
    return { info: info ?? null, ...(problem === undefined ? {} : { problem }) }
  }

  /** Before a document is saved: what saves it stands in the mark, and so does what its file asks of readers. */
  record(): Promise<void> {
    return (this.#recording ??= this.#record())
  }

  async #record(): Promise<void> {
    const asked = this.#asked
    if (asked === undefined) return this.#tellOfUnnamed()
    try {
      await amendMetadata(this.#directory, (metadata) => recorded(metadata, asked))
    } catch (error) {
      this.#recording = undefined
      throw error
    }
  }

  #tellOfUnnamed(): void {
    const found = this.#found
    if (found === undefined || found.version <= this.version) return
    this.#tell(
      `The documents are of schema ${describe(found)}, and this program names none (option "schemaInfo"): what it saves counts as of version ${this.version}`,
    )
  }

  #tell(problem: string | undefined): void {
    if (problem === undefined) return
    const { path: directory } = this.#directory
    publish('warning', () => ({ directory, code: 'schema', message: problem }))
  }
}

function recorded(metadata: Metadata, asked: SchemaInfo): Metadata {
  const { schema } = metadata
  const isLater = schema === undefined || schema.version < asked.version
  const named = isLater ? { ...metadata, schema: asked } : metadata
  return asked.version === versionOf(undefined) ? named : withFeature(named, 'schema-version')
}
