import { OperationKind, type RecordOperation } from '../../format/record.js'
import type { CommitPrimitives, Found } from './commit-primitives.js'
import { failureOf, type BatchTransaction } from './commit-stage.js'
import { DiskError } from '../disk-error.js'

/** The order of publishing: what can be undone comes first. */
const ORDER = [OperationKind.create, OperationKind.replace, OperationKind.remove]

/** Rejects unless the transaction may be published over the files as they are now. Called under the writer lock. */
export async function checkTransaction(
  disk: CommitPrimitives,
  transaction: BatchTransaction,
): Promise<void> {
  for (const operation of transaction.operations) {
    const { kind, path, content, expected } = operation
    const found = await disk.look(path)
    if (kind === OperationKind.check) {
      await checkAlone(disk, operation, found)
      continue
    }
    if (kind !== OperationKind.create && found !== undefined) transaction.takesAway = true
    if (kind === OperationKind.create && found !== undefined) throw unmet('EEXIST', 'create', path)
    if (kind === OperationKind.remove && found?.kind !== 'file')
      throw unmet('ENOENT', 'remove', path)
    if (kind === OperationKind.remove && !(await holds(disk, path, found, content)))
      throw unmet('ECHANGED', 'remove', path)
    if (kind === OperationKind.replace && found?.kind === 'directory')
      throw unmet('EISDIR', 'replace', path)
    if (kind === OperationKind.replace && found?.kind === 'other')
      throw unmet('EINVAL', 'replace', path)
    if (expected !== undefined && !(await holds(disk, path, found, expected)))
      throw unmet('ECHANGED', 'replace', path)
    const work = async (): Promise<void> => await disk.checkParentWritable(path)
    await withParents(disk, transaction, path, work)
  }
}

/** A condition without a change. */
async function checkAlone(
  disk: CommitPrimitives,
  { path, content, absent }: RecordOperation,
  found: Found | undefined,
): Promise<void> {
  if (absent) {
    if (found !== undefined) throw unmet('EEXIST', 'check', path)
  } else if (found?.kind !== 'file') throw unmet('ENOENT', 'check', path)
  else if (!(await holds(disk, path, found, content))) throw unmet('ECHANGED', 'check', path)
}

/** A condition of the operation does not hold. */
function unmet(code: string, operation: string, path: string, cause?: unknown): DiskError {
  const options = { phase: 'check' as const }
  return new DiskError(code, operation, path, cause === undefined ? options : { ...options, cause })
}

/** A remove with content, and a replace that expects something, require a file that holds exactly these bytes. */
async function holds(
  disk: CommitPrimitives,
  path: string,
  found: Found | undefined,
  expected: Uint8Array,
): Promise<boolean> {
  if (expected.length === 0) return true
  if (found?.bytes !== expected.length) return false
  const bytes = await disk.read(path, expected.length)
  return bytes !== undefined && Buffer.compare(bytes, expected) === 0
}

/**
 * Publishes the files of a transaction. A failure while only creates are published undoes them and rejects with its
 * cause; after that only the journal can finish the work: rejects in the phase 'publish'.
 */
export async function publishTransaction(
  disk: CommitPrimitives,
  transaction: BatchTransaction,
): Promise<void> {
  const applied: RecordOperation[] = []
  for (const operation of inOrder(transaction.operations)) {
    try {
      await publishOperation(disk, transaction, operation)
      applied.push(operation)
      if (operation.external) await flushAbove(disk, operation.path)
    } catch (error) {
      await undo(disk, applied, error)
      throw error
    }
  }
  transaction.published = true
}

function inOrder(operations: readonly RecordOperation[]): RecordOperation[] {
  return ORDER.flatMap((kind) => operations.filter((operation) => operation.kind === kind))
}

async function publishOperation(
  disk: CommitPrimitives,
  transaction: BatchTransaction,
  { kind, path }: RecordOperation,
): Promise<void> {
  const staged = transaction.staged.get(path) ?? ''
  if (kind === OperationKind.create) {
    await withParents(disk, transaction, path, async () => await publishNew(disk, staged, path))
  } else if (kind === OperationKind.replace) {
    const work = async (): Promise<void> => await disk.publishOver(staged, path)
    await withParents(disk, transaction, path, work)
  } else {
    // A file that is gone already is fine: another program may have removed it since the check.
    await disk.remove(path)
    // An empty directory that stays does no harm, and the file is gone: there is no way back any more.
    await failureOf(async () => await disk.pruneParents(path))
  }
}

/** A name that another program took since the check breaks the same condition as one taken before it. */
async function publishNew(disk: CommitPrimitives, staged: string, path: string): Promise<void> {
  try {
    await disk.publishNew(staged, path)
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'EEXIST') throw error
    throw unmet('EEXIST', 'create', path, error)
  }
}

/**
 * The journal does not hold the bytes of an external file: its new name must be on the disk before its private one
 * goes. Otherwise Btrfs can lose both, if the directory of the private one is flushed in between.
 */
async function flushAbove(disk: CommitPrimitives, path: string): Promise<void> {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    await disk.flushParent(path.slice(0, end))
}

/** An earlier transaction may have removed the last file of the directory, and the directory with it. */
async function withParents(
  disk: CommitPrimitives,
  { made }: BatchTransaction,
  path: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'ENOENT') throw error
    made.push(...(await disk.makeParents(path)))
    await work()
  }
}

async function undo(
  disk: CommitPrimitives,
  applied: readonly RecordOperation[],
  cause: unknown,
): Promise<void> {
  try {
    for (const { kind, path } of applied) {
      if (kind !== OperationKind.create) throw cause
      await disk.remove(path)
      // After the abort record nothing tracks this name any more: a power cut must not bring it back.
      await disk.flushParent(path)
    }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    throw new PublishError(error)
  }
}

/** The transaction is half published and cannot be undone here; a takeover redoes it from the journal. */
export class PublishError extends DiskError {
  constructor(cause: DiskError) {
    super(cause.code, 'publish', cause.path, { phase: 'publish', cause })
  }
}
