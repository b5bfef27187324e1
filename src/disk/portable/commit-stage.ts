import {
  decodeExternal,
  decodeRequest,
  OperationKind,
  type RecordOperation,
} from '../../format/record.js'
import type { CommitPrimitives } from './commit-primitives.js'
import type { CommitRequest } from '../disk.js'
import { isOutOfDescriptors } from '../descriptors.js'
import { DiskError, type DiskFailure } from '../disk-error.js'
import { mapLimited } from '../../base/map-limited.js'

/** One transaction on its way through a commit. */
export interface BatchTransaction {
  readonly operations: readonly RecordOperation[]
  readonly record: Uint8Array
  /** By path: the private names of what `create` and `replace` will publish. */
  readonly staged: Map<string, string>
  /** The directories that were made for it, outermost first. */
  readonly made: string[]
  failure: DiskFailure | undefined
  /** It replaces or removes an existing file. */
  takesAway: boolean
  published: boolean
}

const STAGED_AT_ONCE = 4

/** The transactions of a request. A FormatError for bytes that no encoder wrote, a RangeError for a wrong count. */
export function parseBatch(request: CommitRequest): BatchTransaction[] {
  if (request.kind === 'checkpoint') return []
  const transactions = decodeRequest(request.records)
  for (const { external, content } of transactions.flat()) if (external) decodeExternal(content)
  if (transactions.length !== request.transactionCount) {
    throw new RangeError(
      `Field "transactionCount" must be the number of records, ${transactions.length}, got ${request.transactionCount}`,
    )
  }
  let offset = 0
  return transactions.map((operations) => {
    const { records } = request
    const view = new DataView(records.buffer, records.byteOffset + offset, 4)
    const record = records.subarray(offset, offset + view.getUint32(0, true))
    offset += record.length
    return {
      operations,
      record,
      staged: new Map(),
      made: [],
      failure: undefined,
      takesAway: false,
      published: false,
    }
  })
}

/** Writes the new files of all transactions under private names. One that cannot be staged fails alone. */
export async function stageBatch(
  disk: CommitPrimitives,
  batch: readonly BatchTransaction[],
): Promise<void> {
  await mapLimited(batch, STAGED_AT_ONCE, async (transaction) => {
    const failure = await failureOf(async () => await stageTransaction(disk, transaction))
    transaction.failure = failure && { ...failure, phase: 'stage' }
  })
  postponeWithoutDescriptors(batch)
}

async function stageTransaction(
  disk: CommitPrimitives,
  transaction: BatchTransaction,
): Promise<void> {
  for (const { kind, path, content, external } of transaction.operations) {
    if (kind === OperationKind.remove || kind === OperationKind.check) continue
    transaction.made.push(...(await disk.makeParents(path)))
    transaction.staged.set(
      path,
      external ? await stagedExternal(disk, content) : await disk.stage(content),
    )
  }
}

async function stagedExternal(disk: CommitPrimitives, content: Uint8Array): Promise<string> {
  const { stagedPath, bytes } = decodeExternal(content)
  const found = await disk.look(stagedPath)
  if (found === undefined) throw new DiskError('ENOENT', 'stage', stagedPath)
  if (found.kind !== 'file' || found.bytes !== bytes) {
    throw new DiskError('EINVAL', 'stage', stagedPath)
  }
  return stagedPath
}

/**
 * Out of descriptors with part of the batch staged: a smaller batch will do, so what did not fit is to be retried, and
 * all that came after it too, for the same reason and to keep the order.
 */
function postponeWithoutDescriptors(batch: readonly BatchTransaction[]): void {
  const first = batch.findIndex(
    ({ failure }) => failure !== undefined && isOutOfDescriptors(failure),
  )
  const shortage = batch[first]?.failure
  if (shortage === undefined || !batch.some(({ failure }) => failure === undefined)) return
  for (const transaction of batch.slice(first)) {
    const path = transaction.operations[0]?.path ?? ''
    transaction.failure = { ...shortage, syscall: 'stage', path }
  }
}

/** Removes the private names that are left. */
export async function discardBatch(
  disk: CommitPrimitives,
  batch: readonly BatchTransaction[],
): Promise<void> {
  const names = batch.flatMap((transaction) => ownNames(transaction))
  await mapLimited(names, STAGED_AT_ONCE, async (name) => {
    // A name that cannot be removed changes nothing for the transaction; the next open sweeps it away.
    await failureOf(async () => await disk.discard(name))
  })
}

// An external file belongs to the caller until it is published: the transaction may be retried.
function ownNames({ operations, staged, published }: BatchTransaction): string[] {
  return operations
    .filter(({ external }) => published || !external)
    .map(({ path }) => staged.get(path))
    .filter((name) => name !== undefined)
}

/** The failure of `work`, for a transaction to carry. Anything but a DiskError passes through. */
export async function failureOf(work: () => Promise<unknown>): Promise<DiskFailure | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    const { code, phase, syscall, path } = error
    return { code, phase, syscall, path }
  }
}
