import { TextEncoder } from 'node:util'
import { StorageError } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import { mapLimited } from '../../base/map-limited.js'
import { DiskError } from '../../disk/disk-error.js'
import type { OpenFile, Volume } from '../../disk/disk.js'
import type { BackedUpFile } from '../../format/backup-manifest.js'
import { MARK_FILE, RESTORE_MARK_FILE, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import {
  releaseContents,
  type BackupContents,
  type Damage,
  type FoundContent,
} from './backup-contents.js'
import type { DamagedFile, ResolvedRestoreOptions } from './backup-options.js'
import { diskOf, isIncidental, namesIn } from './backup-place.js'
import { flushAll, PIECE_BYTES } from './backup-target.js'
import { removeTree } from './remove-tree.js'

const BATCH_FILES = 256
const WRITES_AT_ONCE = 16

interface Writing extends Pick<ResolvedRestoreOptions, 'allowDamaged' | 'signal'> {
  /** Gets the files that are damaged. */
  readonly damaged: DamagedFile[]
}

/** The directory that a store is restored into: missing or empty, or left by a restore that was killed. */
export class NewPlace {
  readonly #volume: Volume

  static async open(directory: string, options: ResolvedRestoreOptions): Promise<NewPlace> {
    const isLeft = await NewPlace.check(directory, options)
    const volume = await diskOf(options).openVolume(directory, { ...options, create: true })
    const place = new NewPlace(volume)
    if (isLeft) await place.#clear()
    return place
  }

  /**
   * Whether an unfinished restore is to be removed first.
   * @throws StorageError FS-FORMAT-001 for a directory that holds anything else
   */
  static async check(directory: string, options: ResolvedRestoreOptions): Promise<boolean> {
    const names = (await namesIn(diskOf(options), directory, options)) ?? []
    // One that has its mark is a store already, whatever is left beside it.
    const isLeft = names.includes(RESTORE_MARK_FILE) && !names.includes(MARK_FILE)
    if (names.length > 0 && !isLeft) throw notEmpty(directory, names)
    return isLeft
  }

  private constructor(volume: Volume) {
    this.#volume = volume
  }

  get path(): string {
    return this.#volume.directory
  }

  /**
   * Writes the files. The marks come last: until then the directory is not a store, and a restore that is killed can be
   * made again. When it fails, the directory is left empty; only
   * after a call that did not return in time, all stays until the next restore.
   */
  async fill(
    files: readonly BackedUpFile[],
    contents: BackupContents,
    { allowDamaged, signal }: ResolvedRestoreOptions,
  ): Promise<readonly DamagedFile[]> {
    const volume = this.#volume
    await volume.flushAncestors()
    const note = new TextEncoder().encode(`${JSON.stringify(RESTORING, undefined, 2)}\n`)
    await volume.write(RESTORE_MARK_FILE, note, { replace: true, flush: true })
    try {
      const damaged: DamagedFile[] = []
      for (const some of [files.filter((file) => !isMark(file)), files.filter(isMark)]) {
        // The engine's own comes after the marks of what is built on it.
        const sorted = some.sort(
          (a, b) => Number(a.path === MARK_FILE) - Number(b.path === MARK_FILE),
        )
        await this.#write(sorted, contents, { allowDamaged, signal, damaged })
      }
      await volume.remove(RESTORE_MARK_FILE)
      await volume.flushMany([], [''])
      return damaged
    } catch (error) {
      // What has not returned may still come, also the mark: then everything has to be there, and until then the note.
      if (!isTimeout(error)) await this.#giveUp()
      throw error
    }
  }

  async close(): Promise<void> {
    try {
      await this.#volume.removeDirectory(TEMPORARY_DIRECTORY)
    } finally {
      await this.#volume.close()
    }
  }

  async #write(
    files: readonly BackedUpFile[],
    contents: BackupContents,
    { allowDamaged, signal, damaged }: Writing,
  ): Promise<void> {
    for (let at = 0; at < files.length; at += BATCH_FILES) {
      signal?.throwIfAborted()
      const batch = files.slice(at, at + BATCH_FILES)
      const found = await contents.read(batch)
      try {
        await mapLimited(batch, WRITES_AT_ONCE, async (file, place) => {
          const content = found[place] ?? { damage: 'missing' }
          if (!('damage' in content)) return await this.#writeFile(file, content)
          const { path, run: backup } = file
          if (!allowDamaged) throw damagedFile(file, contents.pathOf(file), content)
          damaged.push({ path, backup, reason: content.damage })
        })
      } finally {
        await releaseContents(found)
      }
    }
    await flushAll(
      this.#volume,
      files.map(({ path }) => path),
    )
  }

  async #writeFile(
    { path }: BackedUpFile,
    content: Exclude<FoundContent, { readonly damage: unknown }>,
  ): Promise<void> {
    if ('file' in content) return await this.#writePieces(path, content.file)
    await this.#volume.write(path, content.bytes, { replace: true, flush: isMark({ path }) })
  }

  async #writePieces(path: string, from: OpenFile): Promise<void> {
    await this.#volume.remove(path)
    const file = await this.#volume.createFile(path)
    try {
      for (let offset = 0; offset < from.bytes; offset += PIECE_BYTES)
        await file.append(await from.read(offset, Math.min(PIECE_BYTES, from.bytes - offset)))
      await file.flush()
    } finally {
      await file.close()
    }
  }

  /** The note goes last: with it, the next restore may write here again. */
  async #giveUp(): Promise<void> {
    try {
      await this.#clear()
      await this.#volume.remove(RESTORE_MARK_FILE)
    } catch (error) {
      publish('background-error', () => ({ directory: this.path, stage: 'restore', error }))
    }
  }

  /** Removes what a restore has written. The directory was empty before, but for what file systems put into it. */
  async #clear(): Promise<void> {
    for (const { name, kind } of (await this.#volume.list('')) ?? []) {
      if (name === RESTORE_MARK_FILE || isIncidental(name)) continue
      if (kind === 'directory') await removeTree(this.#volume, name)
      else await this.#volume.remove(name)
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DiskError && error.reason === 'timeout'
}

/** A file at the top that says what the directory is. */
function isMark({ path }: Pick<BackedUpFile, 'path'>): boolean {
  return path.startsWith('.') && !path.includes('/')
}

const RESTORING = {
  format: 'holdfast-restore',
  note: 'A restore into this directory has not finished. Run it again, or remove the directory.',
}

function notEmpty(directory: string, names: readonly string[]): StorageError {
  return new StorageError(
    'FS-FORMAT-001',
    `'${directory}' is not empty ('${names[0]}'), and a restore overwrites nothing; name an empty directory or a new one`,
    {
      context: {
        path: directory,
        reason: 'not_empty',
        entries: names.length,
        entry: names[0] ?? '',
      },
    },
  )
}

const REASONS: Readonly<Record<DamagedFile['reason'], string>> = {
  missing: 'is missing from the backup',
  size: 'has another size than the backup had written',
  content: 'is damaged: its content is not what the backup had written',
  unreadable: 'cannot be read',
}

function damagedFile(
  { path, run }: BackedUpFile,
  place: string,
  { damage: reason, cause }: Damage,
): StorageError {
  return new StorageError(
    'FS-LOAD-001',
    `'${path}' ${REASONS[reason]} ('${place}'); nothing was restored. Restore an earlier or later backup, or the rest of this one with allowDamaged: true`,
    { ...(cause && { cause }), context: { path, reason, backup: run } },
  )
}
