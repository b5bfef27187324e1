import { createHash, hash } from 'node:crypto'
import { join } from 'node:path'
import { DiskError } from '../../disk/disk-error.js'
import type { OpenFile, Volume } from '../../disk/disk.js'
import { linkFile } from '../../disk/path-facts.js'
import { StorageError } from '../../base/errors.js'
import {
  BACKUP_FILES_DIRECTORY,
  BACKUP_MANIFEST_FILE,
  directoriesAbove,
} from '../../format/layout.js'
import type { Captured } from './store-source.js'

/** A file that was captured. */
export type Content = Exclude<Captured, { readonly absent: true }>

/** What was written for a file. */
export interface Written {
  readonly bytes: number
  readonly sha256: string
  /** Where it is in the backup, if that is not the usual place. */
  readonly as?: string
}

/** Where a backup is written to. */
export interface BackupTarget {
  /**
   * Writes the content of a file, again if it was written before. Calls for several files may be under way.
   * @param isAtPoint what was captured counts, whatever the name of the file leads to now
   */
  put(content: Content, isAtPoint: boolean): Promise<Written>
  /** The file is not in the backup after all. */
  drop(path: string): Promise<void>
  /** Writes the manifest, when all contents are durable: the backup is complete. */
  finish(manifest: Uint8Array): Promise<void>
}

/** The bytes of one read or write of a longer file. */
export const PIECE_BYTES: number = 256 * 1024
/** More files than this are flushed by one flush of the file system, where the system has that. */
const FLUSH_EACH_MAX = 256
const FLUSH_TOGETHER = 1000

/** A backup as a directory of plain files. */
export class DirectoryTarget implements BackupTarget {
  readonly #volume: Volume
  readonly #name: string
  /** The directory of the store whose files get second names; undefined: contents are copied. */
  readonly #linkedTo: string | undefined
  readonly #written = new Set<string>()
  readonly #made = new Set<string>()

  constructor(volume: Volume, name: string, linkedTo: string | undefined) {
    this.#volume = volume
    this.#name = name
    this.#linkedTo = linkedTo
  }

  async put(content: Content, isAtPoint: boolean): Promise<Written> {
    const to = this.#pathOf(content.path)
    if (this.#written.has(to)) await this.#volume.remove(to)
    this.#written.add(to)
    const from = isAtPoint ? undefined : this.#linkedTo
    if (from !== undefined && (await this.#link(join(from, content.path), to)))
      return await readDigest(this.#volume, to)
    if ('file' in content) return await this.#copyFile(content.file, to)
    const { bytes } = content
    await this.#volume.write(to, bytes, { replace: false, flush: false })
    return { bytes: bytes.length, sha256: hash('sha256', bytes) }
  }

  async drop(path: string): Promise<void> {
    const to = this.#pathOf(path)
    if (this.#written.delete(to)) await this.#volume.remove(to)
  }

  async finish(manifest: Uint8Array): Promise<void> {
    await flushAll(this.#volume, [...this.#written])
    const path = `${this.#name}/${BACKUP_MANIFEST_FILE}`
    await this.#volume.write(path, manifest, { replace: false, flush: true })
    await this.#volume.flushMany([], ['', this.#name])
  }

  #pathOf(path: string): string {
    return `${this.#name}/${BACKUP_FILES_DIRECTORY}/${path}`
  }

  async #copyFile(file: OpenFile, to: string): Promise<Written> {
    const digest = createHash('sha256')
    const copy = await this.#volume.createFile(to)
    let offset = 0
    try {
      while (offset < file.bytes) {
        const piece = await file.read(offset, Math.min(PIECE_BYTES, file.bytes - offset))
        // A file of another program, cut meanwhile.
        if (piece.length === 0) break
        digest.update(piece)
        await copy.append(piece)
        offset += piece.length
      }
      await copy.flush()
    } finally {
      await copy.close()
    }
    return { bytes: offset, sha256: digest.digest('hex') }
  }

  /** False where links are not possible: the content is copied then. */
  async #link(from: string, to: string): Promise<boolean> {
    await this.#makeParents(to)
    try {
      await linkFile(from, join(this.#volume.directory, to))
      return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      if (error.code === 'EXDEV') throw notOneFileSystem(this.#volume.directory, error)
      // Too many names, a system without links, or the name is gone: what was captured is copied.
      return false
    }
  }

  async #makeParents(path: string): Promise<void> {
    for (const directory of directoriesAbove(path).reverse()) {
      if (directory === '' || this.#made.has(directory)) continue
      await this.#volume.makeDirectory(directory)
      this.#made.add(directory)
    }
  }
}

/** Flushes new files, and the directories that lead to them. */
export async function flushAll(volume: Volume, files: readonly string[]): Promise<void> {
  const { flushFileSystem } = volume
  if (files.length > FLUSH_EACH_MAX && flushFileSystem !== undefined) return await flushFileSystem()
  for (let at = 0; at < files.length; at += FLUSH_TOGETHER)
    await volume.flushMany(files.slice(at, at + FLUSH_TOGETHER), [])
  const directories = new Set<string>()
  for (const path of files)
    for (const directory of directoriesAbove(path)) directories.add(directory)
  await volume.flushMany(
    [],
    [...directories].sort((a, b) => b.length - a.length),
  )
}

/** Size and digest of a file, read in pieces. */
export async function readDigest(volume: Pick<Volume, 'openFile'>, path: string): Promise<Written> {
  const file = await volume.openFile(path)
  if (file === undefined) throw new DiskError('ENOENT', 'open', path)
  try {
    const digest = createHash('sha256')
    let offset = 0
    while (offset < file.bytes) {
      const piece = await file.read(offset, Math.min(PIECE_BYTES, file.bytes - offset))
      if (piece.length === 0) break
      digest.update(piece)
      offset += piece.length
    }
    return { bytes: offset, sha256: digest.digest('hex') }
  } finally {
    await file.close()
  }
}

function notOneFileSystem(directory: string, cause: DiskError): StorageError {
  return new StorageError(
    'FS-FORMAT-001',
    `A snapshot has the files of the store under second names, so it must be on the same file system, and '${directory}' is on another; leave out "snapshot" to copy them there`,
    { cause, context: { path: directory, reason: 'other_file_system' } },
  )
}
