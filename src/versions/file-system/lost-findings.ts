import type { VersionDocument } from '../version-storage.js'
import type { VerifyOptions } from './findings.js'
import { isBelow } from './foreign-entries.js'
import type { OpenStore } from './open-store.js'

interface LostFinding {
  readonly path: string
  readonly detail: string
  /** Whether it is not reported again. */
  readonly isDone: boolean
}

/**
 * The lost files. They are reported again, over any number of openings, until they are accepted; those that another
 * program has removed, until a repair.
 * @param blocking files in the place of directories: what is below them is not removed
 */
export async function lostFindings<Version extends VersionDocument>(
  { directory }: Pick<OpenStore<Version>, 'directory'>,
  blocking: ReadonlySet<string>,
  { accept = false, repair = false }: Pick<VerifyOptions, 'accept' | 'repair'>,
): Promise<readonly LostFinding[]> {
  const removed: string[] = []
  const found: LostFinding[] = []
  for (const { path, reason, noticed_at: at } of directory.lostFiles) {
    const isRemoved = reason === 'removed' && !isBelow(path, blocking)
    if (isRemoved) removed.push(path)
    const what = reason === 'removed' ? 'was removed by another program' : 'could not be kept'
    const detail = `${what} (${reason}, noticed ${at})`
    found.push({ path, detail, isDone: accept || (repair && isRemoved) })
  }
  if (accept) await directory.acceptLost()
  else if (repair && removed.length > 0) await directory.acceptLost(removed)
  return found
}
