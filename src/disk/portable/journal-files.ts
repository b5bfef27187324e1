import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { SEGMENT_BYTES_MAX } from '../../format/frame.js'
import { PAGE_BYTES, SharedPage } from '../../format/page.js'
import { attempt, attemptFlush } from '../node-error.js'
import { flushDirectories } from './flush.js'
import { openInPlace } from './read.js'
import { parentOf, type PortableRoot } from './root.js'
import { createFile, removeFile, renameFile, writeFully } from './write.js'
import { DiskError } from '../disk-error.js'

const ZEROS_BYTES = 1 << 20

/**
 * Creates a journal segment: zero-filled, so that a later flush has no extents to convert and no size to record, and
 * flushed with its name. On a copy-on-write file system zeros would only be written twice: there only the size is set.
 */
export async function createSegment(
  root: PortableRoot,
  path: string,
  bytes: number,
  copyOnWrite: boolean,
): Promise<void> {
  const made = await root.makeParents(path)
  const handle = await createFile(root, path)
  try {
    if (copyOnWrite) await attempt('ftruncate', path, async () => await handle.truncate(bytes))
    else await attempt('write', path, async () => await fillWithZeros(handle, bytes))
    await attemptFlush(handle, path)
  } catch (error) {
    await removeFile(root, path)
    throw error
  } finally {
    await handle.close()
  }
  await flushDirectories(root, [parentOf(path), ...made.map(parentOf)])
}

/** Puts a spare segment into service: its header is in place and flushed before the name that makes it count. */
export async function startSegment(
  root: PortableRoot,
  sparePath: string,
  path: string,
  header: Uint8Array,
): Promise<void> {
  const { handle } = await openSegment(root, sparePath)
  try {
    await attempt('pwrite', sparePath, async () => await writeFully(handle, header, 0))
    await attemptFlush(handle, sparePath)
  } finally {
    await handle.close()
  }
  await renameFile(root, sparePath, path, { replace: false })
  await flushDirectories(root, [parentOf(path), parentOf(sparePath)])
}

async function fillWithZeros(handle: FileHandle, bytes: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(bytes, ZEROS_BYTES))
  for (let offset = 0; offset < bytes; offset += zeros.length) {
    await writeFully(handle, zeros.subarray(0, Math.min(zeros.length, bytes - offset)), offset)
  }
}

/** An open segment. Its descriptor lives as long as the segment is in use: a later one could miss a write error. */
export interface OpenSegment {
  readonly handle: FileHandle
  readonly path: string
  readonly bytes: number
}

/** ENOENT if there is no such segment. */
export async function openSegment(root: PortableRoot, path: string): Promise<OpenSegment> {
  const file = await openInPlace(root, path, constants.O_RDWR)
  if (file === undefined) throw new DiskError('ENOENT', 'open', path)
  return { handle: file.handle, path, bytes: Math.min(file.bytes, SEGMENT_BYTES_MAX) }
}

/**
 * A page in memory, which is enough for one thread. Its file is still written, with zeros: the next process to open the
 * store through the native disk must not treat an earlier position as the present one.
 */
export async function createPage(root: PortableRoot, path: string): Promise<SharedPage> {
  await root.makeParents(path)
  const found = await openInPlace(root, path, constants.O_RDWR)
  const handle = found?.handle ?? (await createFile(root, path))
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
