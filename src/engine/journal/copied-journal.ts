import { birthMs } from '../../disk/birth.js'
import { segmentPath } from '../../format/layout.js'
import { StorageError } from '../../base/errors.js'
import type { JournalScan } from './scan.js'

/**
 * The damage of a journal, and whether it is that of a copy: each segment then lies in a file that is younger than the
 * oldest frame. A frame is written to a file that is there, so in the place where it was written one is older.
 *
 * This changes what is said, never what is done: a copy of a store whose disk was failing is damaged as well, and what
 * was acknowledged there must not be given up because the directory was moved.
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
