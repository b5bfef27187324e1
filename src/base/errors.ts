import { captureStack } from './misuse.js'
import { codeOf, isError } from './values.js'

/**
 * The codes of failed operations. They are API: listed in docs/errors.md, stable within a major version.
 * The first eight are the codes of the seed documents, the others continue their form.
 */
export const STORAGE_ERROR_CODES = [
  'FS-SAVE-001', // a save failed for a reason that has no code of its own
  'FS-LOAD-001', // a stored file is damaged: it is not JSON, or its checksum does not match
  'FS-LOAD-002', // a stored file cannot be read because of what it is, or is not what its name says
  'FS-DELETE-001', // a delete failed for a reason that has no code of its own
  'FS-ATOMIC-001', // a flush or a rename itself failed
  'FS-LOCK-001', // timed out waiting for a lock
  'FS-LOCK-002', // a lock with a time limit is not held any more
  'FS-PERM-001', // permission denied, or a read-only file system
  'FS-IO-001', // the disk refused: full, quota, I/O error, too many open files
  'FS-TIMEOUT-001', // the disk did not answer in time; the outcome is unknown
  'FS-READONLY-001', // the store stopped taking writes after a failed flush, or was opened read-only
  'FS-JOURNAL-001', // the journal is damaged in a part with acknowledged commits
  'FS-FORMAT-001', // the directory is not a store, or has another format or other parameters
  'FS-CLOSED-001', // the store is closed
  'FS-CONFLICT-001', // a transaction's condition did not hold: a path to create was taken, one to remove was missing
  'FS-UNAVAILABLE-001', // the cloud cannot be reached or refuses temporarily
  'FS-QUOTA-001', // the file would take the store over its quota
  'FS-CRYPT-001', // an encrypted file was changed, or its key is not known
  'FS-CODEC-001', // a compressed file cannot be decompressed: damaged, larger than it says, or its codec is missing
  'OPT-PAST-001', // what was stored at a time is not known, or gone for good
  'OPT-VER-001', // the version exists already
  'OPT-VER-002', // a version does not exist where one is needed
  'OPT-REF-001', // a prompt cannot be composed: a cycle, too deep, too long, not a text, or a malformed include
  'OPT-LABEL-001', // a label keeps the change out
] as const

export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number]

/** JSON-safe facts about a failure: path, stage, errno name, and what else is known where it happened. */
export type ErrorContext = Readonly<Record<string, unknown>>

export interface HoldfastErrorOptions {
  readonly context?: ErrorContext
  readonly cause?: unknown
}

/**
 * The class of all Holdfast errors that report a failed operation; misuse is a `TypeError` or `RangeError`. Test
 * `code`; messages may improve at any time.
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
    // The code that fails gives the facts that docs/errors.md names for the error code.
    this.context = (options.context ?? {}) as Context
  }

  toJSON(): { name: string; code: Code; message: string; context: ErrorContext } {
    return { name: this.name, code: this.code, message: this.message, context: this.context }
  }
}

/**
 * Whether it is a `HoldfastError` of any class: a failed operation of Holdfast. Works across realms and copies of the
 * package, as in a test runner's sandbox or a bundle, where `instanceof` is false.
 */
export function isHoldfastError(error: unknown): error is HoldfastError {
  return isError(error) && (HOLDFAST in error || isStorageError(error))
}

/** Marks the errors of every copy of the package, including those with codes that this one does not know. */
const HOLDFAST = Symbol.for('holdfast.HoldfastError')
const STORAGE = Symbol.for('holdfast.StorageError')

/** On the prototype: the stack begins with the name and is captured before a class has its fields. */
export function nameErrors(made: { readonly prototype: HoldfastError }, name: string): void {
  Object.defineProperty(made.prototype, 'name', { value: name, writable: true, configurable: true })
}

nameErrors(HoldfastError, 'HoldfastError')
// On the prototype, where neither JSON nor a comparison of properties sees it.
Object.defineProperty(HoldfastError.prototype, HOLDFAST, { value: true })

/** Facts in the context of most failures; each is present where it is known. */
export interface FailureFacts {
  readonly path?: string
  readonly temp_path?: string | null
  readonly stage?: string
  /** The phase of the disk operation that failed. */
  readonly phase?: string
  /** The name of the errno. */
  readonly error?: string
  readonly outcome?: 'unknown' | 'none'
  /** How many attempts were made, if more than one. */
  readonly attempts?: number
  readonly directory?: string
  readonly reason?: string
  readonly prompt_id?: string
  readonly version?: string
  readonly key?: string
}

/** Further facts in the context of a code. docs/errors.md says when. */
interface OwnFacts {
  readonly 'FS-LOAD-002': {
    readonly max_bytes?: number
    /** The version of the schema that the document was saved with. */
    readonly schema_version?: number
    /** The first field that does not fit the schema. */
    readonly field?: string
  }
  readonly 'FS-LOCK-001': {
    readonly timeout_ms?: number
    /** The name of a lock of a `LockService`. */
    readonly lock?: string
  }
  readonly 'FS-LOCK-002': { readonly lock?: string; readonly token?: number }
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
    /** How many file descriptors this process may have; null if unknown. */
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
  readonly 'OPT-PAST-001': {
    /** The time that was asked for. */
    readonly time?: string
    /** From when on the history is known. */
    readonly since?: string
    /** Why it is not known before. */
    readonly why?: string
    readonly deleted_at?: string
  }
  readonly 'OPT-VER-001': {
    readonly same_content?: boolean
    readonly latest?: string | null
    readonly expected?: string | null
  }
  readonly 'OPT-VER-002': {
    /** The reference that names no version. */
    readonly reference?: string
    /** The versions there are, where none of them is stable. */
    readonly prereleases?: readonly string[]
  }
  readonly 'OPT-REF-001': {
    /** The prompts that include each other, the outermost first. */
    readonly chain?: readonly { readonly id: string; readonly version: string }[]
  }
  readonly 'OPT-LABEL-001': {
    readonly labels?: readonly string[]
    /** Where the label had to be, null for nowhere. */
    readonly expected?: string | null
  }
}

/** The context of an error with this code: the facts that are named for it, and any others. */
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
 * Whether it is a `StorageError`, and has this code if one is given. Works across realms and copies of the package, as
 * in a test runner's sandbox or a bundle, where `instanceof` is false.
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

/** Whether a condition of a transaction or of a file did not hold. */
export function isConflict(error: unknown): error is StorageError<'FS-CONFLICT-001'> {
  return isStorageError(error, 'FS-CONFLICT-001')
}

/** Whether the content of one file is at fault, not the reading: it is damaged, or not what its name says. */
export function isDamage(error: unknown): error is StorageError {
  return isStorageError(error) && DAMAGE.has(error.code)
}

const DAMAGE = new Set<string>(['FS-LOAD-001', 'FS-LOAD-002', 'FS-CRYPT-001', 'FS-CODEC-001'])
const CODES: ReadonlySet<string> = new Set(STORAGE_ERROR_CODES)

/** Errors of older copies without the mark are recognised by their form. */
function hasContext(error: Error): boolean {
  return 'context' in error && typeof error.context === 'object' && error.context !== null
}

/** The version exists already; the stored one is unchanged. */
export class VersionConflictError extends StorageError<'OPT-VER-001'> {
  declare readonly name: 'VersionConflictError'
  readonly promptId: string
  readonly version: string
  /**
   * Whether the stored version is known to have the same content: then a save with an unknown outcome may be treated as
   * done. False for other content, and for a stored version that cannot be read.
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

/** Thrown by decoders for bytes that no encoder wrote. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}
