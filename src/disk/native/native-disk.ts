import { resolve } from 'node:path'
import { temporaryPath } from '../../format/layout.js'
import type { Binding, OpenedVolume } from './binding.js'
import type { Capabilities, Disk, Volume, VolumeOptions } from '../disk.js'
import { DirectoryPlace } from '../directory-place.js'
import { learnDescriptorLimit } from '../descriptors.js'
import { DiskError } from '../disk-error.js'
import { droppedFlushWarning, READ_ONLY_WARNING } from '../mounts.js'
import { NativeCalls } from './calls.js'
import { NativeVolume } from './volume.js'
import { nativeSignPlace } from './signs.js'
import { refuseLivingOwner } from '../portable/owner.js'

const NO_PUBLISHING =
  'the file system can neither link nor rename without replacing, so nothing could be saved without danger for what is there'

/** The disk through the addon: every call is one hop to a thread of its own pool. */
export function nativeDisk(binding: Binding): Disk {
  return {
    kind: 'native',
    openVolume: (directory, options) => openVolume(binding, resolve(directory), options),
  }
}

async function openVolume(
  binding: Binding,
  directory: string,
  options: VolumeOptions,
): Promise<Volume> {
  await learnDescriptorLimit()
  const calls = new NativeCalls(binding, options.ioTimeoutMs)
  const opened = await calls.run({ syscall: 'open', path: directory, phase: 'call' }, (call) =>
    binding.openVolume(
      call,
      directory,
      options.create,
      options.fileMode,
      options.directoryMode,
      temporaryPath(''),
      options.readOnly === true,
    ),
  )
  const droppedFlushes = await droppedFlushWarning(directory)
  const capabilities = describeCapabilities(opened, droppedFlushes, options.readOnly === true)
  const volume = new NativeVolume(
    binding,
    calls,
    await DirectoryPlace.of(directory, options.ioTimeoutMs),
    directory,
    opened.handle,
    capabilities,
    options.fileMode,
  )
  try {
    if (!opened.canPublish)
      throw new DiskError('ENOTSUP', 'probe', '', { phase: 'probe', detail: NO_PUBLISHING })
    if (options.readOnly === true) return sealed(volume)
    if (!capabilities.readOnly) await refuseLivingOwner(nativeSignPlace(volume, options.fileMode))
    return volume
  } catch (error) {
    await volume.close()
    throw error
  }
}

/** What the probe found, with a sentence for each missing feature. */
function describeCapabilities(
  opened: OpenedVolume,
  droppedFlushes: string | undefined,
  isAsked: boolean,
): Capabilities {
  const multiProcess = opened.kernelLocks && !opened.network
  return Object.freeze({
    fileSystem: opened.fileSystem,
    unnamedFiles: opened.unnamedFiles,
    publish: opened.publish,
    kernelLocks: opened.kernelLocks,
    multiProcess,
    hotRead: opened.hotRead,
    caseSensitive: opened.caseSensitive,
    copyOnWrite: opened.copyOnWrite,
    network: opened.network,
    readOnly: isReadOnly(opened),
    // Warnings about writes do not concern a reader that asked for a read-only volume.
    warnings: Object.freeze(
      isAsked
        ? []
        : [...warningsOf(opened), ...(droppedFlushes === undefined ? [] : [droppedFlushes])],
    ),
  })
}

function isReadOnly({ probeError }: OpenedVolume): boolean {
  return probeError === 'EROFS'
}

function* warningsOf(opened: OpenedVolume): Generator<string> {
  const name = opened.fileSystem
  if (isReadOnly(opened)) return yield READ_ONLY_WARNING
  if (opened.probeError !== undefined)
    yield `The directory cannot be written (${opened.probeError}): the volume is read-only, what the file system can do is assumed.`
  if (opened.memory) yield `The file system is ${name}: nothing on it survives a loss of power.`
  if (opened.network)
    yield `The file system (${name}) is remote or foreign: only one process may use the store.`
  if (!opened.kernelLocks)
    yield 'The file system has no working kernel locks: only one process may use the store.'
  if (!opened.unnamedFiles)
    yield `Files cannot be staged without a name here; named temporary files and ${opened.publish} are used.`
}

/** A volume that writes nothing: every change fails with EROFS, without asking the system. Locks are files, too. */
function sealed(volume: Volume): Volume {
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
    flushFileSystem: undefined,
    flushAncestors: async () => await refuse('fsync')('..'),
    lock: refuse('flock'),
    createSegment: refuse('open'),
    startSegment: refuse('open'),
    openCommitter: async ({ lockPath }) => await refuse('open')(lockPath),
  }
}
