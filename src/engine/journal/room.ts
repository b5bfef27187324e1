import { nowMs } from '../../base/clock.js'
import type { Committer } from '../../disk/disk.js'
import { outOfRange } from '../../base/misuse.js'
import { BLOCK_BYTES } from '../../format/frame.js'
import { operationsWithin } from '../../format/record.js'
import { StorageError } from '../../base/errors.js'
import type { Pending } from '../commit/batch.js'
import type { OpenParts } from '../opening/open-directory.js'
import { removesFiles } from '../commit/transaction.js'

/** The segment's header, the frame's, its padding, and the room kept for a frame that withdraws transactions. */
const SEGMENT_OVERHEAD_BYTES: number = 3 * BLOCK_BYTES

/** The most that a transaction may journal in a segment of so many bytes. */
export function recordBytesMax(segmentBytes: number): number {
  return segmentBytes - SEGMENT_OVERHEAD_BYTES
}

/** What is said of a transaction that is too long for every segment. */
export function tooLong(record: Uint8Array, files: number, most: number): RangeError {
  const fitting = operationsWithin(record, most)
  return outOfRange(
    `A transaction may journal at most ${most} bytes (option "segmentBytes" sets it), got ${record.length}: ` +
      `the first ${fitting} of its ${files} files fit. Save them in parts, each a transaction of its own`,
  )
}

/**
 * The segment is full for what is waiting. An empty one is when a process with a smaller `segmentBytes` has turned to it after a larger
 * transaction was accepted here: that gets a segment in which it fits. Under the writer lock.
 */
export async function rollFullSegment(
  parts: Pick<OpenParts, 'committer' | 'segments'>,
  waiting: readonly Pick<Pending, 'record' | 'changes'>[],
): Promise<void> {
  const recordBytes = waiting.reduce((most, { record }) => Math.max(most, record.length), 0)
  const { bytes } = parts.segments.current
  const neededBytes = recordBytes + SEGMENT_OVERHEAD_BYTES
  if (parts.committer.page.getU64('offset') === BLOCK_BYTES && neededBytes <= bytes) {
    throw new StorageError(
      'FS-IO-001',
      'A transaction does not fit into an empty journal segment',
      {
        context: { segment_bytes: bytes },
      },
    )
  }
  // The reserve is for what makes room: without its segment, nothing could.
  const useReserve = waiting.some(({ changes }) => removesFiles(changes))
  await flushAndRoll(parts, neededBytes, useReserve)
}

/** Begins a segment that holds nothing of earlier ones. Gives the lsn of the last commit before it. Under the writer lock. */
export async function beginFreshSegment({
  committer,
  segments,
}: Pick<OpenParts, 'committer' | 'segments'>): Promise<number> {
  const { page } = committer
  await flushAcknowledged(committer)
  await segments.roll(page, { fresh: true, timeMs: nowMs() })
  await segments.useCurrent(page)
  return page.getU64('committed')
}

/** What `interval` and `none` have not flushed yet is flushed before the next segment begins. Under the writer lock. */
export async function flushAndRoll(
  { committer, segments }: Pick<OpenParts, 'committer' | 'segments'>,
  atLeastBytes = 0,
  useReserve = false,
): Promise<void> {
  const { page } = committer
  await flushAcknowledged(committer)
  await segments.roll(page, { fresh: false, timeMs: nowMs(), atLeastBytes, useReserve })
}

/** What is acknowledged and not flushed yet lies in the segment that is left. */
async function flushAcknowledged(committer: Committer): Promise<void> {
  const { page } = committer
  if (page.getU64('durable') < page.getU64('committed')) await committer.flush()
}
