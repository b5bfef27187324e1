import { randomUUID } from 'node:crypto'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError } from './errors.js'
import { unwritable } from './unwritable.js'

/**
 * Replaces a file of the user as a whole: readers see the old text or the new one, also after a crash. Mode and owner
 * stay, and a symlink keeps leading to the file.
 *
 * @param before the content that is replaced
 * @throws CliError when the file has another text by now, or cannot be written
 */
export async function replaceFile(
  path: string,
  before: string | Uint8Array,
  after: string | Uint8Array,
): Promise<void> {
  try {
    await replace(await realpath(path), before, after)
  } catch (error) {
    throw unwritable(path, error, 'rewritten')
  }
}

async function replace(
  target: string,
  before: string | Uint8Array,
  after: string | Uint8Array,
): Promise<void> {
  const { mode, uid, gid } = await stat(target)
  const fresh = `${target}.${randomUUID()}.tmp`
  const file = await open(fresh, 'wx', 0o600)
  try {
    try {
      await file.writeFile(after)
      await file.chmod(mode & 0o7777)
      const made = await file.stat()
      if (made.uid !== uid || made.gid !== gid) await file.chown(uid, gid)
      await file.sync()
    } finally {
      await file.close()
    }
    const known = typeof before === 'string' ? Buffer.from(before) : before
    if (!(await readFile(target)).equals(known))
      throw new CliError('CLI-INPUT-001', `${target} was changed meanwhile: try again`)
    await rename(fresh, target)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
  await syncDirectory(dirname(target))
}

/** The name is on the disk when its directory is. Windows cannot open directories, and does not need to. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
