import { constants } from 'node:buffer'
import { outOfRange, wrongArgument } from '../base/misuse.js'
import {
  READ_BYTES_MAX,
  type Capabilities,
  type DirectoryEntry,
  type DiskKind,
  type FileStat,
  type Lock,
  type LockOptions,
  type OpenFile,
  type Volume,
  type WriteOptions,
} from '../disk/disk.js'
import { SIGNS_DIRECTORY } from '../format/layout.js'
import { shown } from '../base/options.js'
import { storageError, type FailedOperation } from './failure.js'
import type { JournalOverlay } from './journal/overlay.js'
import { contentAfterRedo } from './commit/committed-files.js'

/** Access to the files of a store outside its transactions; see `Volume`. Failures are StorageErrors. */
export interface StoreFiles {
  readonly kind: DiskKind
  readonly directory: string
  readonly capabilities: Capabilities
  /**
   * The whole file. A file of more than `maxBytes` fails with FS-LOAD-002 and `error: 'EFBIG'`; 0 to
   * `buffer.constants.MAX_LENGTH`, default 64 MiB.
   * @throws TypeError or RangeError for a wrong `maxBytes`
   */
  read(path: string, maxBytes?: number): Promise<Uint8Array | undefined>
  stat(path: string): Promise<FileStat | undefined>
  list(path: string): Promise<readonly DirectoryEntry[] | undefined>
  write(path: string, bytes: Uint8Array, options: WriteOptions): Promise<void>
  remove(path: string): Promise<boolean>
  /** Removes an empty directory; false if it is missing or not empty. */
  removeDirectory(path: string): Promise<boolean>
  endedSigns(names: Iterable<string>): Promise<ReadonlySet<string>>
  /** Whether the path of the directory still leads to it. FS-PERM-001 when it may not be read by its path. */
  isInPlace(): Promise<boolean>
  /**
   * An exclusive lock among all processes, on a file of its own. FS-LOCK-001 when waiting for it timed out.
   * @throws TypeError or RangeError for a `timeoutMs` that is not an integer from 0 to a day
   */
  lock(path: string, options: LockOptions): Promise<Lock>
}

/**
 * The files of a volume, whose failures get their code here: the layers above do not know the disk's own errors. Where
 * the journal has a newer state of a file, that is shown.
 */
export function codedFiles(volume: Volume, overlay?: JournalOverlay): StoreFiles {
  const shown = overlay === undefined ? volume : overlaid(volume, overlay)
  return {
    kind: volume.kind,
    directory: volume.directory,
    capabilities: volume.capabilities,
    read: async (path, maxBytes = READ_BYTES_MAX) => {
      checkExtent('maxBytes', maxBytes, constants.MAX_LENGTH)
      return await coded(shown.read(path, maxBytes), 'read', path)
    },
    stat: async (path) => await coded(shown.stat(path), 'look at', path),
    list: async (path) => await coded(shown.list(path), 'list', path),
    write: async (path, bytes, options) =>
      await coded(volume.write(path, bytes, options), 'write', path),
    remove: async (path) => await coded(volume.remove(path), 'remove', path),
    removeDirectory: async (path) => await coded(volume.removeDirectory(path), 'remove', path),
    endedSigns: async (names) => await coded(volume.endedSigns(names), 'list', SIGNS_DIRECTORY),
    isInPlace: async () => await coded(volume.isInPlace(), 'look at', volume.directory),
    lock: async (path, options) => {
      checkExtent('timeoutMs', options.timeoutMs, LOCK_TIMEOUT_MS_MAX)
      return await coded(volume.lock(path, 'exclusive', options), 'lock', path)
    },
  }
}

function overlaid(volume: Volume, overlay: JournalOverlay): Pick<Volume, 'read' | 'stat' | 'list'> {
  return {
    read: async (path, maxBytes = READ_BYTES_MAX) => {
      const redone = overlay.get(path)
      return redone === undefined
        ? await volume.read(path, maxBytes)
        : await contentAfterRedo(volume, redone, maxBytes)
    },
    stat: async (path) => await overlay.stat(volume, path),
    list: async (path) => await overlay.list(volume, path),
  }
}

/** A day. */
const LOCK_TIMEOUT_MS_MAX = 24 * 3600 * 1000

/** Most bytes that one read of an open file returns: 1 GiB. */
const PIECE_BYTES_MAX = 1024 ** 3

function checkExtent(name: string, value: unknown, max: number): void {
  const expected = `Argument "${name}" must be an integer from 0 to ${max}, got ${shown(value)}`
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongArgument(expected)
  if (value < 0 || value > max) throw outOfRange(expected)
}

/** An open file whose failures get their code. @throws TypeError or RangeError for a wrong extent */
export function codedFile(file: OpenFile, path: string): OpenFile {
  return {
    bytes: file.bytes,
    read: async (offset, length) => {
      checkExtent('offset', offset, Number.MAX_SAFE_INTEGER)
      checkExtent('length', length, PIECE_BYTES_MAX)
      return await coded(file.read(offset, length), 'read', path)
    },
    close: async () => await file.close(),
  }
}

/** How a failed read is reported. */
export function loadFailure(path: string, maxBytes?: number): FailedOperation {
  const context = maxBytes === undefined ? { path } : { path, max_bytes: maxBytes }
  return { fallback: 'FS-LOAD-002', what: `Cannot read '${path}'`, context }
}

async function coded<Result>(work: Promise<Result>, verb: string, path: string): Promise<Result> {
  try {
    return await work
  } catch (error) {
    throw storageError(error, {
      fallback: verb === 'write' || verb === 'remove' ? 'FS-IO-001' : 'FS-LOAD-002',
      what: `Cannot ${verb} '${path}'`,
    })
  }
}
