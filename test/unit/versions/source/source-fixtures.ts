import {
  promptVersionSchema,
  type PromptVersion,
} from '../../../../src/versions/prompts/prompt-version.js'
import { DocumentReader } from '../../../../src/versions/source/document-reader.js'
import { resolveDocumentOptions } from '../../../../src/versions/source/document-storage-options.js'
import { DocumentWriter } from '../../../../src/versions/source/document-writer.js'
import { acceptAll } from '../../../../src/versions/accept-version.js'
import { MapDatabase, MapSource } from '../../../../examples/backends/map-source.js'
import type { DocumentSource } from '../../../../src/versions/source/document-source.js'
import type { SaveOptions } from '../../../../src/versions/version-storage.js'

const RULES = { schema: promptVersionSchema, allowPrerelease: false, schemaVersion: 1 }

/** A source over a Map that counts its reads, with a reader and a writer over it. */
export class Opened {
  readonly source: CountingSource
  readonly reader: DocumentReader<PromptVersion>
  readonly writer: DocumentWriter<PromptVersion>

  constructor(database: MapDatabase = new MapDatabase(), useCache = true) {
    this.source = new CountingSource(database)
    const reading = { ...RULES, upgrade: undefined, validateOnRead: false, checksums: true }
    this.reader = new DocumentReader(
      this.source,
      reading,
      resolveDocumentOptions<PromptVersion>({ useCache }, 'open'),
    )
    this.writer = new DocumentWriter(this.source, this.reader, RULES)
    this.source.listen((events) => {
      for (const event of events) this.reader.apply(event)
    })
  }

  async save(versions: readonly unknown[], options?: SaveOptions): Promise<void> {
    await this.writer.save(await acceptAll<PromptVersion>(versions, options, RULES))
  }
}

/** Counts the requests. */
export class CountingSource extends MapSource {
  reads = 0
  refreshes: boolean[] = []
  /** Called before each insert, as another process may be. */
  beforeInsert: (() => Promise<void>) | undefined
  /** For a source that can read a page at once; a Map can not. */
  page?: NonNullable<DocumentSource['page']>
  /** Called when a document was read and is not returned yet. */
  afterGet: (() => void) | undefined

  override async get(...given: Parameters<MapSource['get']>): ReturnType<MapSource['get']> {
    this.reads++
    const documents = await super.get(...given)
    this.afterGet?.()
    return documents
  }

  override async names(promptId: string): Promise<readonly string[]> {
    this.reads++
    return await super.names(promptId)
  }

  override async head(promptId: string): ReturnType<MapSource['head']> {
    this.reads++
    return await super.head(promptId)
  }

  override async insert(
    ...given: Parameters<MapSource['insert']>
  ): ReturnType<MapSource['insert']> {
    await this.beforeInsert?.()
    return await super.insert(...given)
  }

  override refresh(fresh = false): undefined {
    this.refreshes.push(fresh)
    return undefined
  }
}
