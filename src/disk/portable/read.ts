import { constants, type BigIntStats, type Stats } from 'node:fs'
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises'
import type { DirectoryEntry, EntryKind, FileStat } from '../disk.js'
import { DiskError } from '../disk-error.js'
import { mapLimited } from '../../base/map-limited.js'
import { checkInPlace } from '../file-ownership.js'
import { attempt, attemptPresent, errorCode } from '../node-error.js'
import type { KnownDirectories, PortableRoot } from './root.js'

/** More at once would only queue in the four threads of node:fs. */
const STATS_AT_ONCE = 16

/** The whole file, or EFBIG if it has more than `maxBytes`. */
export async function readFileWhole(
  root: PortableRoot,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  return await readOpened(root, path, async ({ handle, bytes }) => {
    // Before any memory is allocated.
    if (bytes > maxBytes) throw new DiskError('EFBIG', 'read', path, { phase: 'read' })
    return await readPart(handle, path, 0, bytes)
  })
}

export async function readFileRange(
  root: PortableRoot,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array | undefined> {
  return await readOpened(root, path, async ({ handle, bytes }) => {
    return await readPart(handle, path, offset, Math.max(0, Math.min(length, bytes - offset)))
  })
}

async function readOpened(
  root: PortableRoot,
  path: string,
  work: (file: RegularFile) => Promise<Uint8Array>,
): Promise<Uint8Array | undefined> {
  return await root.turns.run(async () => {
    const file = await openRegular(root, path, constants.O_RDONLY)
    if (file === undefined) return undefined
    try {
      return await attempt('read', path, async () => await work(file), 'read')
    } finally {
      await file.handle.close()
    }
  })
}

/** Up to `length` bytes. Memory for all of them is allocated at once: the caller has bounded it. */
export async function readPart(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = allocate(length, path)
  const got = await readFully(handle, bytes, offset)
  return got === bytes.length ? bytes : bytes.slice(0, got)
}

function allocate(length: number, path: string): Uint8Array {
  try {
    return new Uint8Array(length)
  } catch (cause) {
    throw new DiskError('ENOMEM', 'read', path, { cause })
  }
}

/** As many bytes as there are, however the system cuts them into pieces: `readFile` treats a short read as the end. */
async function readFully(handle: FileHandle, bytes: Uint8Array, offset: number): Promise<number> {
  let done = 0
  while (done < bytes.length) {
    const got = await readOnce(handle, bytes.subarray(done), offset + done)
    if (got === 0) break
    done += got
  }
  return done
}

/** Retried after a signal: node:fs does not retry reads. */
async function readOnce(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  for (;;) {
    try {
      return (await handle.read(into, 0, into.length, position)).bytesRead
    } catch (error) {
      if (errorCode(error) !== 'EINTR') throw error
    }
  }
}

/** An open regular file. */
export interface RegularFile {
  readonly handle: FileHandle
  /** Its size when it was opened. */
  readonly bytes: number
}

/**
 * Opens a regular file without following a link or waiting for the other end of a FIFO; `undefined` if there is none.
 * EISDIR, ELOOP or EINVAL if it is not a regular file.
 *
 * @param check may refuse the file by what it is
 */
export async function openRegular(
  root: PortableRoot,
  path: string,
  flags: number,
  check?: (stat: Stats) => void,
): Promise<RegularFile | undefined> {
  const absolute = root.absolute(path)
  if (!(await root.hasParents(path))) return undefined
  const handle = await openNoFollow(absolute, path, flags)
  if (handle === undefined) return undefined
  try {
    const stat = await attempt('fstat', path, async () => await handle.stat())
    if (stat.isDirectory()) throw new DiskError('EISDIR', 'open', path)
    if (!stat.isFile()) throw new DiskError('EINVAL', 'open', path)
    check?.(stat)
    return { handle, bytes: stat.size }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** As `openRegular`, for a file that is written in place, or locked: refuses what `checkInPlace` refuses. */
export async function openInPlace(
  root: PortableRoot,
  path: string,
  flags: number,
): Promise<RegularFile | undefined> {
  const check = (stat: Stats): void => checkInPlace(stat, path, root.ownership)
  return await openRegular(root, path, flags, check)
}

async function openNoFollow(
  absolute: string,
  path: string,
  flags: number,
): Promise<FileHandle | undefined> {
  try {
    return await attemptPresent('open', path, async () => {
      // Windows has neither flag; there, only the look before protects against a link.
      return await open(absolute, flags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
    })
  } catch (error) {
    // A socket, or a FIFO opened for writing with no reader.
    if (errorCode(error) === 'ENXIO') throw new DiskError('EINVAL', 'open', path, { cause: error })
    throw error
  }
}

/** What is at the path itself; a symbolic link is 'other'. '' is the volume. */
export async function statPath(root: PortableRoot, path: string): Promise<FileStat | undefined> {
  const absolute = root.absolute(path)
  if (!(await root.hasParents(path))) return undefined
  const stat = await lstatExactly(absolute, path)
  if (stat === undefined) return undefined
  return {
    ...factsOf(stat),
    bytes: Number(stat.size),
    links: Number(stat.nlink),
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
  }
}

/** With the exact times and inode number. */
async function lstatExactly(absolute: string, path: string): Promise<BigIntStats | undefined> {
  return await attemptPresent('lstat', path, async () => await lstat(absolute, { bigint: true }))
}

function factsOf(stat: BigIntStats): Omit<DirectoryEntry, 'name'> {
  const kind = kindOf(stat)
  const modifiedMs = Number(stat.mtimeNs / 1000n) / 1000
  if (kind !== 'directory') return { kind, modifiedMs }
  return { kind, modifiedMs, stamp: `${stat.ino.toString(16)}-${stat.ctimeNs.toString(16)}` }
}

export async function lstatPath(
  root: PortableRoot,
  path: string,
  known?: KnownDirectories,
): Promise<Stats | undefined> {
  const absolute = root.absolute(path)
  if (!(await root.hasParents(path, known))) return undefined
  return await attemptPresent('lstat', path, async () => await lstat(absolute))
}

export async function listDirectory(
  root: PortableRoot,
  path: string,
): Promise<readonly DirectoryEntry[] | undefined> {
  const absolute = root.absolute(path)
  if (!(await root.hasDirectory(path))) return undefined
  const names = await attemptPresent('readdir', path, async () => await readdir(absolute))
  if (names === undefined) return undefined
  const entries = await mapLimited(names, STATS_AT_ONCE, async (name) => {
    const inside = path === '' ? name : `${path}/${name}`
    const stat = await lstatExactly(`${absolute}/${name}`, inside)
    return stat && { name, ...factsOf(stat) }
  })
  // Entries that were removed in between are left out.
  return entries.filter((entry) => entry !== undefined)
}

function kindOf(stat: Stats | BigIntStats): EntryKind {
  if (stat.isFile()) return 'file'
  return stat.isDirectory() ? 'directory' : 'other'
}
