import {
  BLOCK_BYTES,
  encodeFrame,
  encodeVoid,
  FrameKind,
  decodeCheckpoint,
  type FrameKindNumber,
} from '../../format/frame.js'
import { encodeRecord, isCheck } from '../../format/record.js'
import { PageState, type JournalPosition, type SharedPage } from '../../format/page.js'
import { checkTransaction, publishTransaction, PublishError } from './commit-publish.js'
import {
  discardBatch,
  failureOf,
  parseBatch,
  stageBatch,
  type BatchTransaction,
} from './commit-stage.js'
import type { CommitPrimitives, CommitState } from './commit-primitives.js'
import type { CommitReply, CommitRequest, CommitStatus } from '../disk.js'
import { DiskError } from '../disk-error.js'
import { mapLimited } from '../../base/map-limited.js'

const CHECKS_AT_ONCE = 4

/**
 * The commit, step by step; native/core/commit.cc does the same in one hop.
 *
 *   A stage the files        no lock is held; overlaps the flush of the commit before
 *   B lock                   from here calls go in order
 *   C read the page          whose journal is it, and is it whole
 *   D check the conditions   a transaction that may not be published fails alone
 *   E append one frame       page: committing
 *   F flush                  the commit point; a failure is final
 *   G advance the position
 *   H publish the files      never before the flush: a reader must not see what a power cut can take back
 *   I announce, unlock       page: idle; the generation moves after the files are in place
 */
export async function commitBatch(
  disk: CommitPrimitives,
  state: CommitState,
  request: CommitRequest,
): Promise<CommitReply> {
  const batch = parseBatch(request)
  return await inTurn(state, stageBatch(disk, batch), async () => {
    try {
      await disk.lock(request.lockTimeoutMs)
      try {
        return await commitLocked(disk, state, request, batch)
      } finally {
        await disk.unlock()
      }
    } finally {
      await discardBatch(disk, batch)
    }
  })
}

/** Runs `work` once every earlier call has ended, and `prepared` too. */
async function inTurn<T>(
  state: CommitState,
  prepared: Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const before = state.turn
  const result = (async () => {
    await Promise.allSettled([before, prepared])
    await prepared
    return await work()
  })()
  state.turn = result.catch(() => undefined)
  return await result
}

async function commitLocked(
  disk: CommitPrimitives,
  state: CommitState,
  request: CommitRequest,
  batch: readonly BatchTransaction[],
): Promise<CommitReply> {
  const from = state.page.position
  const refusal = refusalOf(state)
  if (refusal !== undefined) return reply(refusal, from, from, batch)
  await checkBatch(disk, batch)
  const written = batch.filter(({ failure }) => failure === undefined)
  if (written.length === 0 && request.kind === 'commit') {
    await pruneFailed(disk, batch)
    return reply('committed', from, from, batch)
  }
  const frame = {
    kind: FrameKind[request.kind],
    payload: request.kind === 'commit' ? payloadOf(request, batch, written) : request.records,
    transactionCount: written.length,
  }
  // The old content of a file must not go while loss of power can take the new one.
  const flush = request.flush || written.some(({ takesAway }) => takesAway)
  const how = { ...request, flush }
  if (!(await poisonOnFailure(state, async () => await appendFrame(disk, state, how, frame)))) {
    return reply('full', from, from, batch)
  }
  await publishBatch(disk, state, how, written)
  if (request.kind === 'checkpoint')
    state.page.setU64('checkpoint', decodeCheckpoint(request.records))
  announce(state)
  await pruneFailed(disk, batch)
  return reply('committed', from, state.page.position, batch)
}

function refusalOf({ page, segment }: CommitState): CommitStatus | undefined {
  if (page.state === PageState.poisoned) return 'poisoned'
  if (page.state === PageState.committing) return 'unclean'
  return page.getU64('segment') === segment?.sequence ? undefined : 'moved'
}

async function checkBatch(
  disk: CommitPrimitives,
  batch: readonly BatchTransaction[],
): Promise<void> {
  // No path is in a batch twice, so no check depends on another.
  const unfailed = batch.filter(({ failure }) => failure === undefined)
  await mapLimited(unfailed, CHECKS_AT_ONCE, async (transaction) => {
    transaction.failure = await failureOf(async () => await checkTransaction(disk, transaction))
  })
}

/** The records of the remaining transactions, without their checks. */
function payloadOf(
  request: CommitRequest,
  batch: readonly BatchTransaction[],
  written: readonly BatchTransaction[],
): Uint8Array {
  const records = written.map(journaled)
  const isWhole =
    written.length === batch.length && records.every((record, at) => record === written[at]?.record)
  return isWhole ? request.records : new Uint8Array(Buffer.concat(records))
}

function journaled({ operations, record }: BatchTransaction): Uint8Array {
  if (!operations.some(isCheck)) return record
  return encodeRecord(operations.filter((operation) => !isCheck(operation)))
}

interface NewFrame {
  readonly kind: FrameKindNumber
  readonly payload: Uint8Array
  readonly transactionCount: number
}

/** Steps E to G. False, with nothing done, when the frame does not fit into the segment. */
async function appendFrame(
  disk: CommitPrimitives,
  { page, segment }: CommitState,
  { flush, timeMs }: CommitRequest,
  frame: NewFrame,
): Promise<boolean> {
  const { offset, lsn: before, chain } = page.position
  const lsn = before + 1
  const { kind, transactionCount } = frame
  const durableThrough = page.getU64('durable')
  const header = {
    salt: page.salt,
    lsn,
    durableThrough,
    previous: chain,
    transactionCount,
    timeMs,
    kind,
  }
  const { bytes, checksum } = encodeFrame(header, frame.payload, disk.crc32c)
  // Room is kept for the abort record of what could not be published.
  const needed = bytes.length + (kind === FrameKind.void ? 0 : BLOCK_BYTES)
  if (segment === undefined || offset + needed > segment.bytes) return false
  page.state = PageState.committing
  await disk.append(bytes, offset)
  if (flush) await disk.flush()
  advance(page, { segment: segment.sequence, offset: offset + bytes.length, lsn, chain: checksum })
  if (flush) page.setU64('durable', lsn)
  return true
}

/** After a failed flush the kernel may treat the pages as clean: a second flush would report success without data. */
export async function poisonOnFailure<T>(
  { page }: CommitState,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    page.state = PageState.poisoned
    throw error
  }
}

function advance(page: SharedPage, { offset, lsn, chain }: JournalPosition): void {
  page.setU64('offset', offset)
  page.chain = chain
  page.setU64('committed', lsn)
}

/** Step H. An abort record follows for transactions that could not be published. */
async function publishBatch(
  disk: CommitPrimitives,
  state: CommitState,
  request: CommitRequest,
  written: readonly BatchTransaction[],
): Promise<void> {
  const withdrawn: number[] = []
  for (const [place, transaction] of written.entries()) {
    try {
      await publishTransaction(disk, transaction)
    } catch (error) {
      // Thrown on, this leaves the page at `committing`: the next writer must finish the work from the journal.
      if (error instanceof PublishError || !(error instanceof DiskError)) throw error
      const { code, phase, syscall, path } = error
      transaction.failure = { code, phase, syscall, path }
      withdrawn.push(place)
    }
  }
  if (withdrawn.length === 0) return
  const payload = encodeVoid(state.page.getU64('committed'), withdrawn)
  const frame = { kind: FrameKind.void, payload, transactionCount: 0 }
  if (await appendWithdrawal(disk, state, request, frame)) return
  throw new DiskError('ENOSPC', 'publish', state.segment?.path ?? '', { phase: 'publish' })
}

/** If it fails, the transactions are in the journal, and a takeover redoes them: this frame does not count. */
async function appendWithdrawal(
  disk: CommitPrimitives,
  state: CommitState,
  request: CommitRequest,
  frame: NewFrame,
): Promise<boolean> {
  try {
    return await poisonOnFailure(state, async () => await appendFrame(disk, state, request, frame))
  } catch (error) {
    throw error instanceof DiskError ? new PublishError(error) : error
  }
}

/** Step I. */
function announce({ page }: CommitState): void {
  const lsn = page.getU64('committed')
  page.setU64('published', lsn)
  page.generation = lsn
  // A concurrent flush may have failed meanwhile: then the page stays poisoned.
  if (page.state === PageState.committing) page.state = PageState.idle
}

/** Nothing remains of failed transactions: the directories made for them go too, if they are empty. */
async function pruneFailed(
  disk: CommitPrimitives,
  batch: readonly BatchTransaction[],
): Promise<void> {
  if (batch.every(({ failure }) => failure === undefined)) return
  // For all transactions: one that is committed may have made a directory for a failed one, and its own are not empty.
  const made = batch.flatMap((transaction) => transaction.made)
  // The path of a directory is longer than that of its parent.
  for (const path of made.sort((left, right) => right.length - left.length)) {
    // An empty directory that stays does no harm, and the batch is committed: this cannot fail it any more.
    await failureOf(async () => await disk.removeEmptyDirectory(path))
  }
}

function reply(
  status: CommitStatus,
  from: JournalPosition,
  to: JournalPosition,
  batch: readonly BatchTransaction[],
): CommitReply {
  return { status, from, to, outcomes: batch.map(({ failure }) => failure) }
}
