import type { SegmentHeader } from '../../format/frame.js'
import { segmentPath } from '../../format/layout.js'
import type { JournalPosition } from '../../format/page.js'
import { StorageError, type ErrorContext } from '../../base/errors.js'

/** A segment of which nothing can be read: its name came after the flush of its header. */
export function unreadableHeader(sequence: number): StorageError {
  const path = segmentPath(sequence)
  return damage(`${path} has no readable header`, { path, offset: 0 })
}

/** What lies between the last checkpoint and the oldest segment is gone. */
export function missingFrames(checkpointLsn: number, oldest: SegmentHeader): StorageError {
  const path = segmentPath(oldest.sequence)
  return damage(
    `frames ${checkpointLsn + 1} to ${oldest.firstLsn - 1} are missing before ${path}`,
    { path, first_lsn: oldest.firstLsn, checkpoint_lsn: checkpointLsn },
  )
}

/** The frame that should follow `end` is not whole, though all up to `durableThrough` had been flushed. */
export function lostFrame(end: JournalPosition, durableThrough: number): StorageError {
  const { offset, segment } = end
  const lsn = end.lsn + 1
  const path = segmentPath(segment)
  return damage(`frame ${lsn} in ${path} at byte ${offset} had been flushed and cannot be read`, {
    path,
    offset,
    lsn,
    durable_through: durableThrough,
  })
}

/** A frame whose checksum fits and whose content no encoder writes. */
export function foreignFrame(lsn: number, path: string, cause: unknown): StorageError {
  return damage(`frame ${lsn} in ${path} holds what was never written`, { path, lsn }, { cause })
}

function damage(
  what: string,
  context: ErrorContext,
  because: { readonly cause?: unknown } = {},
): StorageError {
  const message = `The journal is damaged: ${what}`
  return new StorageError('FS-JOURNAL-001', message, { ...because, context })
}
