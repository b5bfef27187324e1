import type { Volume } from '../disk.js'
import { DiskError } from '../disk-error.js'

/** A volume that writes nothing: every change fails with EROFS, without asking the system. Locks are files, too. */
export function sealed(volume: Volume): Volume {
  const refuse =
    (syscall: string) =>
    async (path = ''): Promise<never> =>
      await Promise.reject(new DiskError('EROFS', syscall, path))
  return {
    kind: volume.kind,
    directory: volume.directory,
    capabilities: volume.capabilities,
    read: async (...given) => await volume.read(...given),
    readHot: (...given) => volume.readHot(...given),
    readMany: async (...given) => await volume.readMany(...given),
    readRange: async (...given) => await volume.readRange(...given),
    openFile: async (path) => await volume.openFile(path),
    stat: async (path) => await volume.stat(path),
    list: async (path) => await volume.list(path),
    space: async () => await volume.space(),
    isInPlace: async () => await volume.isInPlace(),
    boot: async () => await volume.boot(),
    endedSigns: async (names) => await volume.endedSigns(names),
    crc32c: (bytes, seed) => volume.crc32c(bytes, seed),
    close: async () => await volume.close(),
    sign: '',
    createFile: refuse('open'),
    write: refuse('write'),
    rename: refuse('rename'),
    remove: refuse('unlink'),
    makeDirectory: refuse('mkdir'),
    removeDirectory: refuse('rmdir'),
    flushMany: async () => await refuse('fsync')(),
    flushFileSystem: async () => await refuse('syncfs')(),
    flushAncestors: async () => await refuse('fsync')('..'),
    lock: refuse('flock'),
    createSegment: refuse('open'),
    startSegment: refuse('open'),
    openCommitter: async ({ lockPath }) => await refuse('open')(lockPath),
  }
}
