import type { Volume } from '../../disk/disk.js'
import { JOURNAL_DIRECTORY, PAGE_FILE, parseSegmentName } from '../../format/layout.js'
import { PAGE_MAGIC, PageState, type SharedPage } from '../../format/page.js'
import { StorageError } from '../../base/errors.js'
import { readHeader } from './scan.js'

/**
 * Refuses a page that no longer belongs to the store. Every process has it mapped, so nothing may rely on it: only the
 * journal tells where it ends, and that is read when one process alone opens the store. Call this after a number was
 * read from the page and before anything is done with it: the page may be cut at any moment, and reads as zeros then.
 * @throws StorageError FS-IO-001 with reason `page_lost`
 */
export function assertPage(page: SharedPage, directory: string): void {
  if (page.magic === PAGE_MAGIC) return
  throw new StorageError(
    'FS-IO-001',
    `The file '${PAGE_FILE}' of '${directory}' was cut, written over or replaced while the store was open, or its file system has failed; close the store in all processes and open it again: the journal has everything that was committed`,
    { context: { path: PAGE_FILE, reason: 'page_lost' } },
  )
}

/** For all processes: the page does not hold what they have written. Same as the commit in native/ does it. */
export function spoilPage(page: SharedPage): void {
  page.magic = 0
  page.state = PageState.poisoned
}

/** The last segment behind `sequence`, by the name and the header of each; undefined when there is none. */
export async function lastSegmentAfter(
  volume: Volume,
  sequence: number,
): Promise<number | undefined> {
  const names = ((await volume.list(JOURNAL_DIRECTORY)) ?? []).map((entry) => entry.name)
  const later = names.map(parseSegmentName).filter((each) => each !== undefined && each > sequence)
  for (const each of later.sort((a = 0, b = 0) => b - a))
    if (each !== undefined && (await readHeader(volume, each)) !== undefined) return each
  return undefined
}
