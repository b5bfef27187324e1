import { captureStack } from './deep-stack.js'
import { codeOf, isError } from './values.js'

/**
 * The codes of failed operations. They are API: listed in docs/errors.md, stable within a major version.
 * The first eight are the codes of the seed documents, the others continue their form.
 */
export const STORAGE_ERROR_CODES = [
  'FS-SAVE-001', // a save failed for a reason that has no code of its own
  'FS-LOAD-001', // a stored file is damaged: no JSON, or its checksum does not fit
  'FS-LOAD-002', // a stored file cannot be read for what it is, or is not what its name says
  'FS-DELETE-001', // a delete failed for a reason that has no code of its own
  'FS-ATOMIC-001', // a flush or a rename itself failed
  'FS-LOCK-001', // a lock was not to be had in time
  'FS-PERM-001', // permission denied, or a read-only file system
  'FS-IO-001', // the disk refused: full, quota, I/O error, too many open files
  'FS-TIMEOUT-001', // the disk did not answer in time; the outcome is unknown
  'FS-READONLY-001', // the store stopped taking writes after a failed flush, or was opened read-only
  'FS-JOURNAL-001', // the journal is damaged where acknowledged commits lie
  'FS-FORMAT-001', // the directory is no store, or one of another format or other parameters
  'FS-CLOSED-001', // the store is closed
  'FS-CONFLICT-001', // a transaction's condition did not hold: a path to create was taken, one to remove was absent
  'FS-UNAVAILABLE-001', // the cloud cannot be reached or refuses for now
  'FS-QUOTA-001', // the file would take the store over its quota
  'FS-CRYPT-001', // an encrypted file was changed, or its key is not known
  'FS-CODEC-001', // a compressed file cannot be decompressed: damaged, larger than it says, or a codec that is not here
  'OPT-VER-001', // that version exists already
  'OPT-VER-002', // that version does not exist, where one is needed
] as const

export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number]

/** JSON-safe facts about a failure: path, stage, errno name, and what else the place of failure knows. */
export type ErrorContext = Readonly<Record<string, unknown>>

export interface HoldfastErrorOptions {
  readonly context?: ErrorContext
  readonly cause?: unknown
}

/**
 * What every error of ours is that says an operation failed; misuse is a `TypeError` or `RangeError`. Test `code`;
 * messages may improve at any time.
 */
export class HoldfastError<
  Code extends string = string,
  Context extends ErrorContext = ErrorContext,
> extends Error {
  declare readonly name: string
  readonly code: Code
  readonly context: Context

  constructor(code: Code, message: string, options: HoldfastErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    captureStack(this, new.target)
    this.code = code
    // The places of failure give the facts that docs/errors.md names for the code.
    this.context = (options.context ?? {}) as Context
  }

  toJSON(): { name: string; code: Code; message: string; context: ErrorContext } {
    return { name: this.name, code: this.code, message: this.message, context: this.context }
  }
}

/**
 * Whether it is a `HoldfastError`: a failed operation of ours, whatever class it has. It holds across realms and copies
 * of the package, as in a test runner's sandbox or a bundle, where `instanceof` says no.
 */
export function isHoldfastError(error: unknown): error is HoldfastError {
  return isError(error) && (HOLDFAST in error || isStorageError(error))
}

/** Marks the errors of every copy of the package, also those with codes that this one does not know. */
const HOLDFAST = Symbol.for('holdfast.HoldfastError')
const STORAGE = Symbol.for('holdfast.StorageError')

/** On the prototype: a stack that begins with the name is made before a class has its fields. */
export function nameErrors(made: { readonly prototype: HoldfastError }, name: string): void {
  Object.defineProperty(made.prototype, 'name', { value: name, writable: true, configurable: true })
}

nameErrors(HoldfastError, 'HoldfastError')
// On the prototype, where neither JSON nor a comparison of properties meets it.
Object.defineProperty(HoldfastError.prototype, HOLDFAST, { value: true })

/** What the context of most failures has; each field where it is known. */
export interface FailureFacts {
  readonly path?: string
  readonly temp_path?: string | null
  readonly stage?: string
  /** Where in the work of the disk it was. */
  readonly phase?: string
  /** The errno's name. */
  readonly error?: string
  readonly outcome?: 'unknown' | 'none'
  /** How often the disk was asked, where that was more than once. */
  readonly attempts?: number
  readonly directory?: string
  readonly reason?: string
  readonly prompt_id?: string
  readonly version?: string
  readonly key?: string
}

/** What a code's context has beyond that. docs/errors.md says when. */
interface OwnFacts {
  readonly 'FS-LOAD-002': {
    readonly max_bytes?: number
    /** Of the schema that the document was saved with. */
    readonly schema_version?: number
    /** The first that does not fit the schema. */
    readonly field?: string
  }
  readonly 'FS-LOCK-001': { readonly timeout_ms?: number }
  readonly 'FS-PERM-001': {
    readonly user?: string
    readonly uid?: number
    readonly owner_uid?: number
  }
  readonly 'FS-IO-001': {
    readonly free_mb?: number
    readonly min_free_mb?: number
    readonly needed_bytes?: number
    readonly segment_bytes?: number
    readonly record_bytes?: number
    /** How many file descriptors this process may have; null where that is not known. */
    readonly limit?: number | null
    readonly disk?: string
  }
  readonly 'FS-JOURNAL-001': {
    readonly offset?: number
    readonly lsn?: number
    readonly durable_through?: number
    readonly first_lsn?: number
    readonly checkpoint_lsn?: number
    readonly staged_path?: string
    readonly bytes?: number
    readonly copied?: boolean
  }
  readonly 'FS-FORMAT-001': {
    readonly entries?: number
    readonly entry?: string
    readonly holds?: string
    readonly mark?: string
    readonly feature?: string
    readonly format_version?: number | null
  }
  readonly 'FS-QUOTA-001': {
    readonly quota_bytes?: number
    readonly used_bytes?: number
    readonly needed_bytes?: number
  }
  readonly 'FS-CRYPT-001': { readonly key_id?: string; readonly chunk?: number }
  readonly 'OPT-VER-001': {
    readonly same_content?: boolean
    readonly latest?: string | null
    readonly expected?: string | null
  }
}

/** The context of an error with this code: the facts that are named for it, and any other. */
export type ContextOf<Code extends StorageErrorCode> = ErrorContext &
  FailureFacts &
  (Code extends keyof OwnFacts ? OwnFacts[Code] : unknown)

/** An operation of a store failed. */
export class StorageError<Code extends StorageErrorCode = StorageErrorCode> extends HoldfastError<
  Code,
  ContextOf<Code>
> {}

nameErrors(StorageError, 'StorageError')
Object.defineProperty(StorageError.prototype, STORAGE, { value: true })

/**
 * Whether it is a `StorageError`, and one with this code if one is given. It holds across realms and copies of the
 * package, as in a test runner's sandbox or a bundle, where `instanceof` says no.
 *
 * @example
 * if (isStorageError(error, 'FS-TIMEOUT-001')) await retry()
 */
export function isStorageError<Code extends StorageErrorCode = StorageErrorCode>(
  error: unknown,
  code?: Code,
): error is StorageError<Code> {
  if (!isError(error)) return false
  const given = codeOf(error)
  if (code !== undefined && given !== code) return false
  return STORAGE in error || (given !== undefined && CODES.has(given) && hasContext(error))
}

/** Whether a condition did not hold: of a transaction, or of a file. */
export function isConflict(error: unknown): error is StorageError<'FS-CONFLICT-001'> {
  return isStorageError(error, 'FS-CONFLICT-001')
}

/** Whether it concerns what is stored in one file, not how it is read: damaged, or not what its name says. */
export function isDamage(error: unknown): error is StorageError {
  return isStorageError(error) && DAMAGE.has(error.code)
}

const DAMAGE = new Set<string>(['FS-LOAD-001', 'FS-LOAD-002', 'FS-CRYPT-001', 'FS-CODEC-001'])
const CODES: ReadonlySet<string> = new Set(STORAGE_ERROR_CODES)

/** Copies that came before the mark are known by their form. */
function hasContext(error: Error): boolean {
  return 'context' in error && typeof error.context === 'object' && error.context !== null
}

/** This version exists already; what is stored stays as it is. */
export class VersionConflictError extends StorageError<'OPT-VER-001'> {
  declare readonly name: 'VersionConflictError'
  readonly promptId: string
  readonly version: string
  /**
   * Whether what is stored is known to have the same content: then a save whose outcome was unknown may be taken for
   * done. False for another content, and for a stored version that cannot be read.
   */
  readonly sameContent: boolean

  constructor(
    promptId: string,
    version: string,
    options: { readonly sameContent?: boolean; readonly cause?: unknown } = {},
  ) {
    const { sameContent = false, ...cause } = options
    super('OPT-VER-001', `Version ${version} already exists for prompt ${promptId}`, {
      ...cause,
      context: { prompt_id: promptId, version, same_content: sameContent },
    })
    this.promptId = promptId
    this.version = version
    this.sameContent = sameContent
  }
}

nameErrors(VersionConflictError, 'VersionConflictError')
