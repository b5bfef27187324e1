import { DiskError } from '../../disk/disk-error.js'
import type { Committer, Volume } from '../../disk/disk.js'
import { signOfStaged, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import { PageState } from '../../format/page.js'
import { decodeExternal } from '../../format/record.js'
import { publish } from '../../base/channels.js'
import { scanJournal, type JournalScan } from '../journal/scan.js'
import { removeStaged } from '../commit/staging.js'

/** The staged files of processes that have ended, by the sign of life in their names. */
export async function abandonedStaged(
  volume: Pick<Volume, 'list' | 'endedSigns'>,
): Promise<readonly string[]> {
  const names = ((await volume.list(TEMPORARY_DIRECTORY)) ?? [])
    .filter(({ kind, name }) => kind === 'file' && signOfStaged(name) !== undefined)
    .map(({ name }) => name)
  if (names.length === 0) return []
  const ended = await volume.endedSigns(names.map((name) => signOfStaged(name) ?? ''))
  return names
    .filter((name) => ended.has(signOfStaged(name) ?? ''))
    .map((name) => `${TEMPORARY_DIRECTORY}/${name}`)
}

/**
 * Removes the staged files of processes that have ended, while others have the store open. The caller holds the writer
 * lock: a frame of a dead writer may name one until its commit is finished. A failure is announced: nothing depends on
 * the sweep, and the next one retries it.
 */
export async function sweepStaged(volume: Volume, { page }: Committer): Promise<void> {
  try {
    const abandoned = await abandonedStaged(volume)
    if (abandoned.length === 0 || page.state !== PageState.idle) return
    const scan = await scanJournal(volume)
    // A damaged journal does not have all the names that it needs.
    if (scan.damage !== undefined) return
    const needed = namedByFrames(scan)
    for (const path of abandoned) if (!needed.has(path)) await removeStaged(volume, path)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    publish('background-error', () => ({ directory: volume.directory, stage: 'staged', error }))
  }
}

/** The files that frames since the last checkpoint name as their content. */
function namedByFrames({ entries }: JournalScan): ReadonlySet<string> {
  const operations = entries.flatMap(({ transactions }) => transactions.flat())
  const external = operations.filter((operation) => operation.external)
  return new Set(external.map(({ content }) => decodeExternal(content).stagedPath))
}
