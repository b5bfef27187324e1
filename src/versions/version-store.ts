import type { PromptVersion } from './prompts/prompt-version.js'
import type { VersionTransactions } from './prompt-heads.js'
import type { DeclaresSupports } from './supports.js'
import type { VersionTimeTravel } from './time-travel.js'
import type { VersionIteration, VersionRemoval } from './version-iteration.js'
import type { Copyable } from './version-copies.js'
import type {
  Closeable,
  InputOf,
  KeepsOpen,
  PromptEnumerable,
  VersionBatch,
  VersionDocument,
  VersionNames,
  VersionSchema,
  VersionStorage,
} from './version-storage.js'
import type { VersionWatch } from './version-watch.js'
import type { VersionSummaries } from './version-summaries.js'

/** A storage of versions with everything that each storage of this package can do, wherever it keeps them. */
export interface VersionStore<
  Version extends VersionDocument = PromptVersion,
  Input = InputOf<Version>,
>
  extends
    VersionStorage<Version, Input>,
    DeclaresSupports,
    PromptEnumerable,
    VersionNames,
    VersionBatch<Version, Input>,
    VersionWatch,
    KeepsOpen,
    Closeable,
    VersionTransactions<Input>,
    VersionSummaries,
    VersionIteration<Version>,
    VersionRemoval,
    VersionSchema<Version>,
    VersionTimeTravel<Version, Input>,
    Copyable {}
