import { assertOpened, OPENED } from '../base/lifecycle.js'
import { pick } from '../base/option-table.js'
import { rejectUnknown } from '../base/options.js'
import { isStorageError } from '../base/errors.js'
import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import { DocumentStorage } from '../versions/source/document-storage.js'
import {
  DOCUMENT_OPTION_NAMES,
  resolveDocumentOptions,
  type DocumentStorageOptions,
} from '../versions/source/document-storage-options.js'
import type {
  GivenOf,
  SaveOptions,
  SchemaOf,
  VersionDocument,
} from '../versions/version-storage.js'
import {
  CONNECTION_OPTION_NAMES,
  resolveConnection,
  type ConnectionOptions,
} from './client-options.js'
import { RemoteSource } from './remote-source.js'

/** How a `RemoteStorage` is opened. */
export interface RemoteStorageOptions<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
>
  extends ConnectionOptions, DocumentStorageOptions<Version, SchemaInput> {}

/** Most sends of a save whose outcome is unknown, and which may be made twice. */
const SAVES_MAX = 3

/**
 * Versions in the store behind a `holdfast serve`, by `fetch` alone: in browsers, edge runtimes, and Node. Numbers,
 * labels and histories are decided by the server, in one commit, whatever other clients do. Answers come from memory as
 * long as they are certainly not older than `coherence` says.
 *
 * @example
 * await using storage = await RemoteStorage.open({ url: 'https://prompts.example.com', token })
 * const registry = new PromptRegistry({ storage })
 */
export class RemoteStorage<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
> extends DocumentStorage<Version, SchemaInput> {
  /**
   * Asks the server, and begins to follow its changes.
   * @throws TypeError or RangeError for a wrong option; StorageError FS-UNAVAILABLE-001, FS-TIMEOUT-001 if the server
   *   does not answer (not with `connect: 'later'`); RemoteError HTTP-AUTH-001 for a token that it does not know
   */
  static async open<Version extends VersionDocument = PromptVersion, SchemaInput = unknown>(
    options: RemoteStorageOptions<Version, SchemaInput> & SchemaOf<Version>,
  ): Promise<RemoteStorage<Version, SchemaInput>> {
    const where = 'RemoteStorage.open'
    rejectUnknown(options, [...CONNECTION_OPTION_NAMES, ...DOCUMENT_OPTION_NAMES], where)
    const given: RemoteStorageOptions<Version, SchemaInput> = { ...options }
    const documents = pick(given, DOCUMENT_OPTION_NAMES)
    const { cacheBytes, useCache } = resolveDocumentOptions<Version>(documents, where)
    const connection = resolveConnection(pick(given, CONNECTION_OPTION_NAMES), where)
    const source = new RemoteSource(connection, cacheBytes)
    // Answers that may not be from memory at all need none.
    const isKept = useCache && connection.maxStaleMs > 0
    const storage = new RemoteStorage<Version, SchemaInput>(
      source,
      { ...documents, useCache: isKept },
      OPENED,
    )
    await source.connect()
    return storage
  }

  private constructor(
    source: RemoteSource,
    documents: DocumentStorageOptions<Version, SchemaInput>,
    via: typeof OPENED,
  ) {
    assertOpened(via, 'RemoteStorage.open({ url })')
    super(source, documents)
  }

  /** As that of each storage. With `ifSame: 'accept'`, a save whose outcome is unknown is sent again. */
  override async saveVersions(
    versions: readonly GivenOf<Version, SchemaInput>[],
    options?: SaveOptions,
  ): Promise<void> {
    for (let sent = 1; ; sent++)
      try {
        await super.saveVersions(versions, options)
        return
      } catch (error) {
        const isUnknown =
          isStorageError(error, 'FS-TIMEOUT-001') && error.context.outcome === 'unknown'
        if (!isUnknown || options?.ifSame !== 'accept' || sent >= SAVES_MAX) throw error
      }
  }
}
