import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises'
import { pid } from 'node:process'
import { threadId } from 'node:worker_threads'
import { TEMPORARY_DIRECTORY, temporaryPath } from '../../format/layout.js'
import type { WriteOptions } from '../disk.js'
import { DiskError } from '../disk-error.js'
import { giveAway } from '../file-ownership.js'
import { attempt, attemptFlush, attemptPresent, errorCode } from '../node-error.js'
import { flushDirectories } from './flush.js'
import { lstatPath } from './read.js'
import { parentOf, type PortableRoot } from './root.js'

export async function writeFileWhole(
  root: PortableRoot,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const made = await root.makeParents(path)
  const staged = await stageFile(root, bytes, { flush: options.flush })
  try {
    await publishStaged(root, staged, path, options.replace)
  } finally {
    await unlinkPresent(root, staged)
  }
  if (options.flush) await flushDirectories(root, [parentOf(path), ...made.map(parentOf)])
}

/** Writes `bytes` to a new file under a private name; returns the name. A failed attempt leaves nothing. */
export async function stageFile(
  root: PortableRoot,
  bytes: Uint8Array,
  options: { readonly flush: boolean },
): Promise<string> {
  await root.makeDirectory(TEMPORARY_DIRECTORY)
  const staged = temporaryPath(`${pid}.${threadId}.${randomBytes(8).toString('hex')}`)
  const handle = await createFile(root, staged)
  try {
    await attempt('write', staged, async () => await writeFully(handle, bytes, 0))
    if (options.flush) await attemptFlush(handle, staged)
    await attempt('close', staged, async () => await handle.close())
  } catch (error) {
    await closeQuietly(handle)
    await unlinkPresent(root, staged)
    throw error
  }
  return staged
}

/** Creates a new file with the volume's mode, open for writing. EEXIST if the name is taken. */
export async function createFile(root: PortableRoot, path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const noFollow = constants.O_NOFOLLOW ?? 0
  const handle = await attempt('open', path, async () => {
    return await open(root.absolute(path), flags | noFollow, root.fileMode)
  })
  try {
    const { ownership } = root
    if (ownership.user !== undefined || ownership.group !== undefined)
      await giveAway(handle, path, await handle.stat(), ownership)
    // The umask cuts open's mode.
    await attempt('fchmod', path, async () => await handle.chmod(root.fileMode))
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Writes all of `bytes`, however the system cuts it into pieces. */
export async function writeFully(
  handle: FileHandle,
  bytes: Uint8Array,
  offset: number,
): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done)
    if (bytesWritten === 0) throw Object.assign(new Error('nothing written'), { code: 'EIO' })
    done += bytesWritten
  }
}

/**
 * Gives a staged file its name. Without `replace` by a hard link, the only call of node:fs that never overwrites;
 * `unlinkPresent` then removes the private name.
 */
export async function publishStaged(
  root: PortableRoot,
  staged: string,
  path: string,
  replace: boolean,
): Promise<void> {
  const from = root.absolute(staged)
  const to = root.absolute(path)
  if (replace) {
    await attempt('rename', path, async () => await replaceFile(from, to), 'name')
    return
  }
  try {
    await link(from, to)
  } catch (error) {
    // On NFS the reply to a link that was made can be lost; the retry then finds the name taken, by us.
    if (errorCode(error) === 'EEXIST' && (await isSameFile(from, to))) return
    throw new DiskError(errorCode(error) ?? 'EIO', 'link', path, { phase: 'name', cause: error })
  }
}

async function replaceFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    // Windows reports a directory in the way as a denial.
    const isDenied = errorCode(error) === 'EPERM'
    if (!isDenied || (await lstat(to).catch(() => undefined))?.isDirectory() !== true) throw error
    throw Object.assign(new Error('a directory is in the way', { cause: error }), {
      code: 'EISDIR',
    })
  }
}

async function isSameFile(from: string, to: string): Promise<boolean> {
  const [staged, target] = await Promise.all(
    [lstat(from), lstat(to)].map(async (found) => await found.catch(() => undefined)),
  )
  if (staged === undefined || target === undefined) return false
  return staged.nlink === 2 && staged.ino === target.ino && staged.dev === target.dev
}

/** Unlinks whatever has the name; false if nothing has it. */
export async function unlinkPresent(root: PortableRoot, path: string): Promise<boolean> {
  const absolute = root.absolute(path)
  const done = await attemptPresent('unlink', path, async () => {
    await unlink(absolute)
    return true
  })
  return done ?? false
}

async function closeQuietly(handle: FileHandle): Promise<void> {
  // The failure that led here is the one to report, and a handle that failed to close is closed.
  await handle.close().catch(() => undefined)
}

export async function renameFile(
  root: PortableRoot,
  from: string,
  to: string,
  options: { readonly replace: boolean },
): Promise<void> {
  const source = await lstatPath(root, from)
  if (source === undefined) throw new DiskError('ENOENT', 'rename', from, { phase: 'name' })
  if (source.isDirectory()) throw new DiskError('EISDIR', 'rename', from, { phase: 'name' })
  if (!source.isFile()) throw new DiskError('EINVAL', 'rename', from, { phase: 'name' })
  await root.makeParents(to)
  await publishStaged(root, from, to, options.replace)
  // A link left both names; so does a rename between two names of one file.
  const left = await lstatPath(root, from)
  if (left?.ino === source.ino && left.dev === source.dev) await removeFile(root, from)
}

export async function removeFile(root: PortableRoot, path: string): Promise<boolean> {
  const stat = await lstatPath(root, path)
  if (stat === undefined) return false
  // Unlinking a directory fails with EPERM on some systems and with EISDIR on others.
  if (stat.isDirectory()) throw new DiskError('EISDIR', 'unlink', path)
  return await unlinkPresent(root, path)
}

/** Removes an empty directory; false if it is missing or not empty. */
export async function removeEmptyDirectory(root: PortableRoot, path: string): Promise<boolean> {
  const absolute = root.absolute(path)
  if (!(await root.hasDirectory(path))) return false
  try {
    await rmdir(absolute)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw new DiskError(code ?? 'EIO', 'rmdir', path, { cause: error })
  }
}

/** Removes the directories above `path` that have become empty, innermost first; never the volume itself. */
export async function pruneParents(root: PortableRoot, path: string): Promise<void> {
  for (let parent = parentOf(path); parent !== ''; parent = parentOf(parent)) {
    if (!(await removeEmptyDirectory(root, parent))) return
  }
}
