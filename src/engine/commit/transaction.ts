import { outOfRange, wrongArgument } from '../../base/misuse.js'
import { isBytes, kindOf } from '../../base/values.js'
import {
  encodeRecord,
  isSafePath,
  OperationKind,
  PATH_BYTES_MAX,
  type RecordOperation,
} from '../../format/record.js'
import { isPossiblePath } from '../../disk/possible-path.js'
import { isEngineName } from '../../format/layout.js'
import { shown } from '../../base/options.js'
import { StagedFile } from './staging.js'

/**
 * One change of one file, or a condition alone. `create` needs the path free, `remove` needs it taken, `replace` takes
 * it either way; `check` changes nothing, and its condition holds at the moment of the commit, or the commit fails.
 */
export type Operation = FileChange | Check

/** Exactly one of `present`, `absent` and `ifBytes`. */
export type Check = {
  readonly kind: 'check'
  readonly path: string
  readonly bytes?: never
  readonly staged?: never
  readonly tag?: never
} & (
  | {
      /** A file is there. */
      readonly present: true
      readonly absent?: never
      readonly ifBytes?: never
    }
  | {
      /** Nothing is there. */
      readonly absent: true
      readonly present?: never
      readonly ifBytes?: never
    }
  | {
      /** A file is there that holds exactly these bytes. Never empty. */
      readonly ifBytes: Uint8Array
      readonly present?: never
      readonly absent?: never
    }
)

/** An operation that changes a file. */
export type FileChange =
  | ({
      readonly kind: 'create'
      readonly path: string
      readonly ifBytes?: never
    } & Tagged &
      Content)
  | ({
      readonly kind: 'replace'
      readonly path: string
      /** Only a file that holds exactly these bytes is replaced; otherwise the condition does not hold. */
      readonly ifBytes?: Uint8Array
    } & Tagged &
      Content)
  | {
      readonly kind: 'remove'
      readonly path: string
      /** Only a file that holds exactly these bytes is removed; otherwise the condition does not hold. */
      readonly ifBytes?: Uint8Array
      readonly bytes?: never
      readonly staged?: never
      readonly tag?: unknown
    }

/** The caller's own data about the path: returned with its own changes. Those of the journal have what `describeBy` says. */
interface Tagged {
  readonly tag?: unknown
}

/** The content of a file: bytes, or a file that `DurableDirectory.stage` has written. */
export type Content =
  | { readonly bytes: Uint8Array; readonly staged?: never }
  | { readonly staged: StagedFile; readonly bytes?: never }

/** Most operations of one transaction. Each costs up to two descriptors while it is staged. */
export const TRANSACTION_OPERATIONS_MAX = 4096

/** A change of the directory as others see it: what last happened to the path, without its content. */
export interface Change extends Tagged {
  readonly kind: FileChange['kind']
  readonly path: string
}

/** Whether a transaction makes room on the disk, if only later. */
export function removesFiles(changes: readonly Change[]): boolean {
  return changes.some(({ kind }) => kind === 'remove')
}

const KINDS: Readonly<Record<Operation['kind'], OperationKind>> = OperationKind
const NOTHING = new Uint8Array(0)

/**
 * Checks the operations of one transaction: known kinds, safe paths outside the engine's own names, no path twice.
 * Throws a TypeError or RangeError that names what is wrong.
 */
export function checkOperations(operations: readonly Operation[]): void {
  const list: unknown = operations
  if (!Array.isArray(list))
    throw wrongArgument(`commit needs a list of operations, got ${kindOf(list)}`)
  if (operations.length === 0 || operations.length > TRANSACTION_OPERATIONS_MAX) {
    throw outOfRange(
      `commit takes 1 to ${TRANSACTION_OPERATIONS_MAX} operations, got ${operations.length}`,
    )
  }
  const paths = new Set<string>()
  for (const [at, operation] of operations.entries()) {
    checkOperation(operation, `operations[${at}]`)
    if (paths.has(operation.path)) {
      throw wrongArgument(`operations[${at}].path ${shown(operation.path)} comes twice`)
    }
    paths.add(operation.path)
  }
}

function checkOperation(operation: Operation, where: string): void {
  if (!Object.hasOwn(KINDS, operation.kind)) {
    throw wrongArgument(
      `${where}.kind must be 'create', 'replace', 'remove' or 'check', got ${shown(operation.kind)}`,
    )
  }
  checkPath(operation.path, `${where}.path`)
  if (isEngineName(operation.path)) {
    throw wrongArgument(
      `${where}.path ${shown(operation.path)} is a name that the store keeps for itself`,
    )
  }
  if (operation.kind === 'check') return checkCheck(operation, where)
  if (operation.kind !== 'remove') checkContent(operation, where)
  if (operation.kind !== 'create') checkCondition(operation.ifBytes, `${where}.ifBytes`)
}

function checkCheck(operation: Check, where: string): void {
  const { present, absent, ifBytes }: { present?: unknown; absent?: unknown; ifBytes?: unknown } =
    operation
  const given = [present, absent, ifBytes].filter((condition) => condition !== undefined)
  const isKnown = present === true || absent === true || ifBytes !== undefined
  if (given.length !== 1 || !isKnown)
    throw wrongArgument(
      `${where} must have exactly one of "present: true", "absent: true" and "ifBytes", got ${shown({ present, absent, ifBytes })}`,
    )
  checkCondition(ifBytes, `${where}.ifBytes`)
}

function checkContent({ bytes, staged }: Content, where: string): void {
  if (staged !== undefined) return checkStaged(staged, bytes, where)
  if (isBytes(bytes)) return
  throw wrongArgument(`${where}.bytes must be a Uint8Array, got ${kindOf(bytes)}`)
}

function checkStaged(staged: unknown, bytes: unknown, where: string): void {
  if (!(staged instanceof StagedFile))
    throw wrongArgument(`${where}.staged must come from stage(), got ${kindOf(staged)}`)
  if (bytes !== undefined) throw wrongArgument(`${where} has both "bytes" and "staged"`)
  if (staged.state === 'free') return
  throw wrongArgument(
    `${where}.staged has been ${staged.state === 'gone' ? 'used' : 'committed'} already`,
  )
}

/**
 * The condition that a file still holds the bytes that were read. An empty file gets none, since no condition can
 * express that, nor does a file of over `bytesMax`, since the condition is written to the journal: both can still be
 * replaced and removed.
 */
export function ifStill(bytes: Uint8Array, bytesMax: number): { readonly ifBytes?: Uint8Array } {
  return bytes.length === 0 || bytes.length > bytesMax ? {} : { ifBytes: bytes }
}

function checkCondition(expected: unknown, where: string): void {
  if (expected === undefined || (isBytes(expected) && expected.length > 0)) return
  throw wrongArgument(`${where} must be a Uint8Array that is not empty, got ${kindOf(expected)}`)
}

/** Throws a TypeError unless `path` is relative and of plain segments, and a RangeError when it is too long. */
export function checkPath(path: string, where: string): void {
  if (typeof path !== 'string' || !isSafePath(path)) {
    throw wrongArgument(
      `${where} must be a relative path of plain segments ('/' between them; no '.', '..', NUL or backslash), got ${shown(path)}`,
    )
  }
  if (!isPossiblePath(path)) {
    throw wrongArgument(
      `${where} must have no part that Windows takes for a device, a stream or another name, got ${shown(path)}`,
    )
  }
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw outOfRange(
      `${where} must be at most ${PATH_BYTES_MAX} bytes, got ${Buffer.byteLength(path)}`,
    )
  }
}

/** The record of a transaction with its contents; `external` has the descriptions of those that are not in it. */
export function recordOf(
  operations: readonly Operation[],
  external: ReadonlyMap<Operation, Uint8Array>,
): Uint8Array {
  return encodeRecord(
    operations.map((operation) =>
      recordOperation(operation, operation.staged?.external ?? external.get(operation)),
    ),
  )
}

function recordOperation(operation: Operation, external: Uint8Array | undefined): RecordOperation {
  const { path } = operation
  const kind = KINDS[operation.kind]
  if (operation.kind === 'remove' || operation.kind === 'check') {
    const record = { kind, path, content: operation.ifBytes ?? NOTHING, external: false }
    return operation.kind === 'check' && operation.absent ? { ...record, absent: true } : record
  }
  const content = external ?? operation.bytes ?? NOTHING
  const record = { kind, path, content, external: external !== undefined }
  if (operation.kind === 'create' || operation.ifBytes === undefined) return record
  return { ...record, expected: operation.ifBytes }
}

/** The change that an operation of the journal made, for derived state. */
export function changeOf({ kind, path }: RecordOperation): Change {
  if (kind === OperationKind.create) return { kind: 'create', path }
  return { kind: kind === OperationKind.remove ? 'remove' : 'replace', path }
}

/** The changes that the operations make. */
export function changesOf(operations: readonly Operation[]): readonly Change[] {
  return operations.flatMap(({ kind, path, tag }) => (kind === 'check' ? [] : { kind, path, tag }))
}
