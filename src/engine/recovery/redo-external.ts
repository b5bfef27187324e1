import { createHash } from 'node:crypto'
import { nowMs, nowText } from '../../base/clock.js'
import { DiskError } from '../../disk/disk-error.js'
import type { FileStat, Volume } from '../../disk/disk.js'
import { directoriesAbove, QUARANTINE_DIRECTORY } from '../../format/layout.js'
import type { LostFile } from '../../base/channels.js'
import {
  decodeExternal,
  PATH_BYTES_MAX,
  type ExternalContent,
  type RecordOperation,
} from '../../format/record.js'
import { publish } from '../../base/channels.js'

export interface LossNotes {
  /** What cannot be restored. Kept over retries: a later one finds less. */
  readonly lost: Map<string, LostFile>
}

/** Failures caused by the one name: a directory that has it, or a file or link in the place of its directory. */
export const OBSTACLES: ReadonlySet<string> = new Set([
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'ENOTEMPTY',
  'EXDEV',
])

/**
 * A large content was flushed under its staged name before the frame that names it. It still has that name, or already
 * its own. A file that does not match is put aside: it must not be served, and may be all that is left.
 */
export async function redoExternal(
  volume: Volume,
  operation: RecordOperation,
  notes: LossNotes,
): Promise<void> {
  const { path } = operation
  const external = decodeExternal(operation.content)
  const { stagedPath } = external
  const staged = await lookAt(volume, stagedPath, external)
  if (staged === 'whole') {
    // A dead process may have given it its own name as well: that is on the disk before the staged one is removed.
    await volume.flushMany([], directoriesAbove(path))
    if (await takesName(volume, stagedPath, path)) {
      // Not the file itself: its bytes were flushed before the frame, and a flush that failed since is never retried.
      return await volume.flushMany([], directoriesAbove(path))
    }
    const keptAs = await putAside(volume, stagedPath, path)
    return noteLost(volume, { path, reason: 'obstructed', kept_as: keptAs }, notes)
  }
  const inPlace = await lookAt(volume, path, external)
  if (inPlace === 'whole') return await volume.flushMany([], directoriesAbove(path))
  const left = [...(inPlace === 'other' ? [path] : []), ...(staged === 'other' ? [stagedPath] : [])]
  if (left.length === 0) return noteLost(volume, { path, reason: 'content_gone' }, notes)
  for (const from of left) {
    const keptAs = await putAside(volume, from, path)
    noteLost(volume, { path, reason: 'content_damaged', kept_as: keptAs }, notes)
  }
}

async function takesName(volume: Volume, stagedPath: string, path: string): Promise<boolean> {
  try {
    await volume.rename(stagedPath, path, { replace: true })
    return true
  } catch (error) {
    if (error instanceof DiskError && OBSTACLES.has(error.code)) return false
    throw error
  }
}

export function noteLost(
  volume: Volume,
  file: Omit<LostFile, 'noticed_at'>,
  { lost }: LossNotes,
): void {
  if (lost.has(file.path)) return
  lost.set(file.path, { ...file, noticed_at: nowText() })
  const detail = LOSSES[file.reason]
  publish('corrupt', () => ({
    directory: volume.directory,
    path: file.path,
    kind: file.reason,
    detail,
  }))
}

const LOSSES: Readonly<Record<LostFile['reason'], string>> = {
  content_gone: 'its content is gone, though it had been flushed',
  content_damaged: 'its content is not what was written; it was put aside',
  obstructed: 'something else has its name; its content was put aside',
  removed: 'it was removed while no process had the store open',
}

/** Moves a file to quarantine, flushed. Returns its new path. */
async function putAside(volume: Volume, from: string, path: string): Promise<string> {
  let to = quarantinePath(path, nowMs())
  while ((await volume.stat(to)) !== undefined) to += '+'
  await volume.rename(from, to, { replace: false })
  await volume.flushMany([], [...directoriesAbove(to), ...directoriesAbove(from)])
  return to
}

const NAME_BYTES_MAX = 200

/** Below the quarantine at the path that it had, unless that would be too long. */
export function quarantinePath(path: string, timeMs: number): string {
  const stamp = new Date(timeMs).toISOString().replaceAll(':', '')
  const isLong = path.split('/').some((name) => Buffer.byteLength(name) > NAME_BYTES_MAX)
  const name =
    isLong || Buffer.byteLength(path) > PATH_BYTES_MAX - NAME_BYTES_MAX
      ? createHash('sha256').update(path).digest('hex')
      : path
  return `${QUARANTINE_DIRECTORY}/${name}.${stamp}`
}

const CHUNK_BYTES = 1024 * 1024

/** Whether a file holds the written content. `other`: it holds something else, or cannot be read to its end. */
export async function lookAt(
  volume: Volume,
  path: string,
  external: ExternalContent,
): Promise<'whole' | 'other' | 'absent'> {
  const stat = await statFile(volume, path)
  if (stat === undefined) return 'absent'
  if (stat.bytes !== external.bytes) return 'other'
  const hash = createHash('sha256')
  try {
    for (let offset = 0; offset < external.bytes; offset += CHUNK_BYTES) {
      const chunk = await volume.readRange(path, offset, CHUNK_BYTES)
      if (chunk === undefined || chunk.length === 0) return 'other'
      hash.update(chunk)
    }
  } catch (error) {
    // A sector that cannot be read: the file is damaged, and is moved without reading it.
    if (error instanceof DiskError && error.code === 'EIO') return 'other'
    throw error
  }
  return Buffer.compare(hash.digest(), external.digest) === 0 ? 'whole' : 'other'
}

/** A plain file; undefined for anything else. */
async function statFile(volume: Volume, path: string): Promise<FileStat | undefined> {
  try {
    const stat = await volume.stat(path)
    return stat?.kind === 'file' ? stat : undefined
  } catch (error) {
    if (error instanceof DiskError && OBSTACLES.has(error.code)) return undefined
    throw error
  }
}
