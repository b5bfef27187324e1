import type { SchemaInfo, Upgrade } from '../../versions/schema-info.js'
import type { StandardSchema, VersionDocument } from '../../versions/version-storage.js'
import type { VersionStore } from '../../versions/version-store.js'
import type { StoreTarget } from '../store-url.js'

/** What belongs to the program and not to its configuration: functions, and how the store is used this time. */
export interface StoreOptions<Version extends VersionDocument, SchemaInput = unknown> {
  /** The schema of the documents. Default: that of PromptVersion. */
  readonly schema?: StandardSchema<Version, SchemaInput> | undefined
  /** Name and version of the schema. Default: none. */
  readonly schemaInfo?: SchemaInfo | undefined
  /** Converts documents of an earlier version of the schema. Default: none, they are returned as they were saved. */
  readonly upgrade?: Upgrade | undefined
  /** False: a place that is not a store fails with FS-FORMAT-001 instead of becoming one. Default true. */
  readonly create?: boolean | undefined
  /** Open for reading: nothing is written, and saves fail with FS-READONLY-001. Default false. */
  readonly readOnly?: boolean | undefined
}

/** What a backend is asked to open. */
export interface OpenRequest {
  readonly target: StoreTarget
  /** Its settings of the configuration by their names in camelCase: known ones only, their values not yet checked. */
  readonly settings: Readonly<Record<string, unknown>>
  /** Those that were given. */
  readonly options: StoreOptions<VersionDocument>
}

/** A kind of place that versions can be kept in. */
export interface Backend {
  /** The names of its settings in a configuration, in camelCase. */
  readonly settings: readonly string[]
  /** Those of them that are paths: in a configuration file, they are relative to its directory. */
  readonly paths: readonly string[]
  /** @throws TypeError or RangeError for a wrong setting, with its name in camelCase in the form `Option "name"` */
  readonly open: (request: OpenRequest) => Promise<VersionStore<VersionDocument>>
}
