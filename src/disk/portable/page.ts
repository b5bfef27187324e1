import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { PAGE_BYTES, SharedPage } from '../../format/page.js'
import { attempt, attemptFlush } from '../node-error.js'
import { flushDirectories } from './flush.js'
import { openInPlace } from './read.js'
import { parentOf, type PortableRoot } from './root.js'
import { createFile, removeFile, writeFully } from './write.js'

/**
 * A page in memory, which is enough for one thread. Its file is still written, with zeros: the next process to open the
 * store through the native disk must not treat an earlier position as the present one.
 */
export async function createPage(root: PortableRoot, path: string): Promise<SharedPage> {
  await root.makeParents(path)
  const handle = (await openInPlace(root, path, constants.O_RDWR)) ?? (await createFile(root, path))
  try {
    await clear(handle, path)
  } catch (error) {
    // A file that could not be flushed must never be flushed again: the next page is another file.
    await removeFile(root, path).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
  await flushDirectories(root, [parentOf(path)])
  return new SharedPage(new ArrayBuffer(PAGE_BYTES))
}

async function clear(handle: FileHandle, path: string): Promise<void> {
  await attempt('write', path, async () => await writeFully(handle, new Uint8Array(PAGE_BYTES), 0))
  // Never cut before it is written: a process that maps the page would die of it.
  await attempt('ftruncate', path, async () => await handle.truncate(PAGE_BYTES))
  await attemptFlush(handle, path)
}
