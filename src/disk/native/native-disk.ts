import { resolve } from 'node:path'
import { temporaryPath } from '../../format/layout.js'
import type { Binding } from './binding.js'
import type { Disk, Volume, VolumeOptions } from '../disk.js'
import { DirectoryPlace } from '../directory-place.js'
import { learnDescriptorLimit } from '../descriptors.js'
import { DiskError } from '../disk-error.js'
import { droppedFlushWarning } from '../dropped-flushes.js'
import { describeCapabilities } from './capabilities.js'
import { NativeCalls } from './calls.js'
import { NativeVolume } from './volume.js'
import { nativeSignPlace } from './signs.js'
import { refuseLivingOwner } from '../portable/owner.js'
import { sealed } from './sealed-volume.js'

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
