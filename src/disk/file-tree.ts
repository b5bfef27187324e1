import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { attempt, attemptFlush, attemptPresent } from './node-error.js'

/**
 * The files in and below a directory of the user whose names end with one of the extensions: paths relative to it, with
 * `/`, sorted. Names that begin with a dot are left out, with all below them. Rejects with DiskError.
 */
export async function listTree(
  directory: string,
  extensions: readonly string[],
): Promise<readonly string[]> {
  const entries = await attempt(
    'scandir',
    directory,
    async () => await readdir(directory, { recursive: true, withFileTypes: true }),
  )
  return entries
    .filter((entry) => !entry.isDirectory() && extensions.some((end) => entry.name.endsWith(end)))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !path.split('/').some((name) => name.startsWith('.')))
    .sort()
}

/** Whether there is a directory at the path. False also where nothing is. Rejects with DiskError. */
export async function isDirectory(path: string): Promise<boolean> {
  const stats = await attemptPresent('stat', path, async () => await stat(path))
  return stats?.isDirectory() === true
}

/** The names in a directory. Rejects with DiskError. */
export async function listNames(directory: string): Promise<readonly string[]> {
  return await attempt('scandir', directory, async () => await readdir(directory))
}

/** What became of a file: it was written, it had this text before, or it has another one and was left alone. */
export type TreeFileOutcome = 'written' | 'unchanged' | 'differs'

/**
 * Writes a file of the user as a whole, with the directories above it: readers see the old text or the new one, also
 * after a crash. Rejects with DiskError.
 *
 * @param overwrite whether a file with another text is replaced
 */
export async function writeTreeFile(
  path: string,
  text: string,
  overwrite: boolean,
): Promise<TreeFileOutcome> {
  const found = await compareTreeFile(path, text)
  if (found === 'unchanged' || (found === 'differs' && !overwrite)) return found
  const directory = dirname(path)
  await attempt('mkdir', directory, async () => await mkdir(directory, { recursive: true }))
  const fresh = join(directory, `.${randomUUID()}.tmp`)
  const handle = await attempt('open', fresh, async () => await open(fresh, 'wx'))
  try {
    try {
      await attempt('write', fresh, async () => await handle.writeFile(text))
      await attemptFlush(handle, fresh)
    } finally {
      await handle.close()
    }
    await attempt('rename', path, async () => await rename(fresh, path))
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  return 'written'
}

/** What `writeTreeFile` would find; 'written' if there is no such file. */
export async function compareTreeFile(path: string, text: string): Promise<TreeFileOutcome> {
  const before = await attemptPresent('open', path, async () => await readFile(path))
  if (before === undefined) return 'written'
  return before.equals(Buffer.from(text)) ? 'unchanged' : 'differs'
}
