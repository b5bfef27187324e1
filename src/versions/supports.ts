/** The members of each capability that a storage may have beside the six methods of VersionStorage. */
export const CAPABILITY_MEMBERS = {
  batch: ['saveVersions'],
  close: ['close'],
  copies: ['copies'],
  iteration: ['versions', 'promptIds'],
  keepOpen: ['keepOpenWhile'],
  labels: ['transact', 'readHead', 'listLabelMoves'],
  names: ['listVersionNames', 'getLatestVersionName'],
  promptIds: ['listPromptIds'],
  removal: ['deleteVersions'],
  schema: ['schema'],
  summaries: ['listVersionSummaries'],
  timeTravel: ['asOf'],
  watch: ['watch'],
} as const

/** What a storage may be able to do beside the six methods. */
export type Capability = keyof typeof CAPABILITY_MEMBERS

/**
 * The members of what only one kind of storage can do, each in its own way. The contract has none of them, and its
 * suites ask for none.
 */
export const KIND_MEMBERS = {
  files: ['backup', 'findPath', 'pathOf', 'rebuildIndex', 'verify'],
  integrity: ['checkIntegrity'],
  wholeCopy: ['backup'],
} as const

/** What a kind of storage may be able to do beside the contract. */
export type KindCapability = keyof typeof KIND_MEMBERS

/** What a storage declares that it can do beside the six methods; what it does not name, it cannot. */
export type Supports = Readonly<Partial<Record<Capability | KindCapability, boolean>>>

/** A storage that says what it can do. One without this has the six methods only. */
export interface DeclaresSupports {
  /**
   * - `batch`: VersionBatch, several saves as one
   * - `close`: Closeable
   * - `copies`: Copyable, what migrations read and write
   * - `iteration`: VersionIteration, `for await` over versions and prompts
   * - `keepOpen`: KeepsOpen, several calls as one
   * - `labels`: VersionTransactions, and so labels, tags, histories and numbering
   * - `names`: VersionNames, answers without reading documents
   * - `promptIds`: PromptEnumerable
   * - `removal`: VersionRemoval, several deletions as one
   * - `schema`: VersionSchema
   * - `summaries`: VersionSummaries
   * - `timeTravel`: VersionTimeTravel, reading as of a time
   * - `watch`: VersionWatch
   *
   * And what only one kind of storage has, outside the contract:
   * - `files`: versions are files in a directory, as `FileSystemStorage` keeps, verifies and backs them up
   * - `integrity`: `checkIntegrity` of `DocumentStorage`, every document read and checked
   * - `wholeCopy`: `backup(file)` of `SqliteStorage`, a copy of the whole storage as one file
   */
  readonly supports: Supports
}

/** What a storage declares that can do everything of the contract. */
export const SUPPORTS_ALL: Readonly<Record<Capability, true>> = Object.freeze({
  batch: true,
  close: true,
  copies: true,
  iteration: true,
  keepOpen: true,
  labels: true,
  names: true,
  promptIds: true,
  removal: true,
  schema: true,
  summaries: true,
  timeTravel: true,
  watch: true,
})

/** Whether a storage declares a capability. */
export function supports(storage: object, capability: Capability | KindCapability): boolean {
  const declared = (storage as Partial<DeclaresSupports>).supports
  return declared?.[capability] === true
}
