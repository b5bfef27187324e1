import type { PromptVersion } from '../versions/prompts/prompt-version.js'
import type {
  FromOptions,
  GivenOf,
  SchemaOf,
  VersionDocument,
} from '../versions/version-storage.js'
import type { VersionStore } from '../versions/version-store.js'
import type { StoreOptions } from './backends/backend.js'
import type { StorageConfig } from './storage-config.js'

/** The schema is required for documents other than PromptVersion. */
type StoreArguments<Version extends VersionDocument, SchemaInput> =
  unknown extends SchemaOf<Version>
    ? [options?: StoreOptions<Version, SchemaInput>]
    : [options: StoreOptions<Version, SchemaInput> & SchemaOf<Version>]

/**
 * Opens the store that a configuration or a URL names. `{}` is a store in memory.
 *
 * @example
 * const storage = await createStorage('file:prompts')
 * @param configOrUrl a StorageConfig, or a store URL such as `memory:` or `file:DIRECTORY`. Relative paths begin at the working
 *   directory
 * @throws TypeError or RangeError that names the wrong part of the URL or key of the configuration; StorageError as the
 *   `open` of the store does
 */
export async function createStorage<
  Version extends VersionDocument = PromptVersion,
  SchemaInput = unknown,
>(
  configOrUrl: StorageConfig | string,
  ...[options]: StoreArguments<Version, SchemaInput>
): Promise<VersionStore<Version, GivenOf<FromOptions<Version>, SchemaInput>>> {
  // Loaded when it is called: not every program has its store from a configuration.
  const { openConfigured } = await import('./open-configured.js')
  const store: unknown = await openConfigured(
    configOrUrl,
    options as StoreOptions<VersionDocument> | undefined,
  )
  // The schema in the options, or its default, checks the documents.
  return store as VersionStore<Version, GivenOf<FromOptions<Version>, SchemaInput>>
}
