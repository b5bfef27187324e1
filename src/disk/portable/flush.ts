import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { platform } from 'node:process'
import { DiskError } from '../disk-error.js'
import { mapLimited } from '../../base/map-limited.js'
import { attempt, attemptFlush, attemptPresent } from '../node-error.js'
import { openRegular } from './read.js'
import type { PortableRoot } from './root.js'

const FLUSHES_AT_ONCE = 4

/** Windows flushes only through a handle with write access. */
const FLUSH_FLAGS = platform === 'win32' ? constants.O_RDWR : constants.O_RDONLY

/** Flushes the files, then the directories; missing ones are skipped. */
export async function flushMany(
  root: PortableRoot,
  files: readonly string[],
  directories: readonly string[],
): Promise<void> {
  await mapLimited(files, FLUSHES_AT_ONCE, async (path) => await flushFile(root, path))
  await flushDirectories(root, directories)
}

async function flushFile(root: PortableRoot, path: string): Promise<void> {
  const file = await openRegular(root, path, FLUSH_FLAGS)
  if (file === undefined) return
  try {
    await attemptFlush(file.handle, path)
  } finally {
    await file.handle.close()
  }
}

/** Flushes each directory once; '' is the volume. Windows cannot: there only the journal keeps new names. */
export async function flushDirectories(
  root: PortableRoot,
  directories: readonly string[],
): Promise<void> {
  if (platform === 'win32') return
  const distinct = [...new Set(directories)]
  await mapLimited(distinct, FLUSHES_AT_ONCE, async (path) => await flushDirectory(root, path))
}

async function flushDirectory(root: PortableRoot, path: string): Promise<void> {
  if (await root.hasDirectory(path)) await flushOpened(root.absolute(path), path)
}

async function flushOpened(absolute: string, path: string): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  const handle = await attemptPresent('open', path, async () => await open(absolute, flags))
  if (handle === undefined) return
  try {
    await attemptFlush(handle, path)
  } finally {
    await handle.close()
  }
}

/** Flushes the directories above `directory`, nearest first, as far as they are in its file system. */
export async function flushAncestors(directory: string): Promise<void> {
  if (platform === 'win32') return
  const deviceOf = async (path: string): Promise<number> =>
    await attempt('lstat', '..', async () => (await lstat(path)).dev)
  const device = await deviceOf(directory)
  for (let at = directory; dirname(at) !== at;) {
    at = dirname(at)
    if ((await deviceOf(at)) !== device) return
    await flushReadable(at)
  }
}

/** node:fs cannot flush a directory that may be passed but not read; it is another user's, and older than this. */
async function flushReadable(directory: string): Promise<void> {
  try {
    await flushOpened(directory, '..')
  } catch (error) {
    if (!(error instanceof DiskError && error.code === 'EACCES')) throw error
  }
}
