import { birthMs } from '../../disk/path-facts.js'
import type { SegmentHeader } from '../../format/frame.js'
import { segmentPath } from '../../format/layout.js'
import type { JournalPosition } from '../../format/page.js'
import { StorageError, type ErrorContext } from '../../base/errors.js'
import type { JournalScan } from './scan.js'

/** A segment with an unreadable header, which was flushed before the segment got its name. */
export function unreadableHeader(sequence: number): StorageError {
  const path = segmentPath(sequence)
  return damage(`${path} has no readable header`, { path, offset: 0 })
}

/** The frames between the last checkpoint and the oldest segment are missing. */
export function missingFrames(checkpointLsn: number, oldest: SegmentHeader): StorageError {
  const path = segmentPath(oldest.sequence)
  return damage(
    `frames ${checkpointLsn + 1} to ${oldest.firstLsn - 1} are missing before ${path}`,
    { path, first_lsn: oldest.firstLsn, checkpoint_lsn: checkpointLsn },
  )
}

/** The frame that should follow `end` is incomplete, though all up to `durableThrough` had been flushed. */
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

/** A frame with a correct checksum and a content that no encoder writes. */
export function foreignFrame(lsn: number, path: string, cause: unknown): StorageError {
  return damage(`frame ${lsn} in ${path} holds what was never written`, { path, lsn }, { cause })
}

/**
 * The damage of a journal, and whether it is that of a copy: there, each segment's file is younger than the oldest
 * frame. A frame is written to an existing file, so in its original place one file is older.
 *
 * This changes the message, never the behaviour: a copy of a store whose disk was failing is damaged as well, and
 * acknowledged data must not be given up because the directory was moved.
 */
export async function nameDamage(
  directory: string,
  damage: StorageError,
  { entries, segments }: JournalScan,
): Promise<StorageError> {
  const [oldest] = entries
  if (oldest === undefined) return damage
  for (const sequence of segments) {
    const born = await birthMs(directory, segmentPath(sequence))
    if (born === undefined || born <= oldest.timeMs) return damage
  }
  return new StorageError(
    damage.code,
    `${damage.message}. Its files are younger than what they hold, as in a copy of a running store, whose journal is written to meanwhile: repairJournal: true opens it with what can be read`,
    { cause: damage, context: { ...damage.context, copied: true } },
  )
}

function damage(
  what: string,
  context: ErrorContext,
  because: { readonly cause?: unknown } = {},
): StorageError {
  const message = `The journal is damaged: ${what}`
  return new StorageError('FS-JOURNAL-001', message, { ...because, context })
}
