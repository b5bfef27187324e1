import type { Stats } from 'node:fs'
import { chmod, mkdir, realpath, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DirectoryPlace } from '../directory-place.js'
import type { Disk, Volume, VolumeOptions } from '../disk.js'
import { learnDescriptorLimit } from '../descriptors.js'
import { DiskError } from '../disk-error.js'
import { ownershipOf, SETGID } from '../file-ownership.js'
import { attempt, errorCode, withheld } from '../node-error.js'
import { Operations } from '../node-calls.js'
import { isNetworkFileSystem, probe } from './probe.js'
import { PortableRoot } from './root.js'
import { acquireStore, releaseStore, unownedStore } from './store.js'
import { PortableVolume } from './volume.js'

/**
 * The disk over node:fs alone, for platforms without the addon. It leaves the same bytes as the native disk, and
 * serves one thread of one process at a time: a second one is refused with ELOCKTIMEOUT, phase 'owner'.
 */
export const portableDisk: Disk = diskOf(undefined)

/** The same in place of the native disk, which was preferred: its volumes say why (`Capabilities.fallback`). */
export function portableDiskBecause(reason: string): Disk {
  return diskOf(reason)
}

function diskOf(fallback: string | undefined): Disk {
  return {
    kind: 'portable',
    openVolume: async (directory, options) => await openVolume(directory, options, fallback),
  }
}

async function openVolume(
  directory: string,
  options: VolumeOptions,
  fallback: string | undefined,
): Promise<Volume> {
  const operations = new Operations()
  let abandoned = false
  const opening = openWith(directory, options, operations, fallback)
  const work = async (): Promise<Volume> => {
    const volume = await opening
    // No caller waits for it any more.
    if (abandoned) await volume.close()
    return volume
  }
  try {
    return await new Operations().run(
      { syscall: 'open', path: '', phase: 'call' },
      options.ioTimeoutMs,
      work,
    )
  } catch (error) {
    abandoned = true
    throw error
  }
}

async function openWith(
  directory: string,
  options: VolumeOptions,
  operations: Operations,
  fallback: string | undefined,
): Promise<Volume> {
  const { ioTimeoutMs, fileMode, directoryMode, create, readOnly = false } = options
  await learnDescriptorLimit()
  const found = await findRoot(resolve(directory), directoryMode, create)
  const areLinksKnown = !(await isNetworkFileSystem({ directory: found.path }))
  const ownership = ownershipOf(found.stats, areLinksKnown)
  const root = new PortableRoot(found.path, fileMode, directoryMode, ownership)
  const store = readOnly ? unownedStore() : await acquireStore(root)
  try {
    const writable = (await store.ownership) !== undefined
    const capabilities = await probe(root, writable, readOnly, fallback)
    const place = await DirectoryPlace.of(found.path, ioTimeoutMs)
    return new PortableVolume({
      root,
      place,
      store,
      operations,
      capabilities,
      writable,
      ioTimeoutMs,
    })
  } catch (error) {
    await releaseStore(store, operations)
    throw error
  }
}

/** ENOENT if the directory is missing and is not to be created, ENOTDIR if something else is there. */
async function findRoot(
  directory: string,
  directoryMode: number,
  create: boolean,
): Promise<{ readonly path: string; readonly stats: Stats }> {
  if (create) await makeRoot(directory, directoryMode)
  const path = await attempt('realpath', directory, async () => await realpath(directory))
  const stats = await attempt('stat', directory, async () => await stat(path))
  if (!stats.isDirectory()) throw new DiskError('ENOTDIR', 'open', directory)
  return { path, stats }
}

async function makeRoot(directory: string, mode: number): Promise<void> {
  try {
    const made = await mkdir(directory, { recursive: true, mode })
    if (made === undefined) return
    // The umask cuts mkdir's mode. An existing directory keeps its own; an inherited group is passed on.
    const { mode: inherited } = await stat(directory)
    await chmod(directory, mode | (inherited & SETGID))
  } catch (error) {
    const code = errorCode(error) === 'EEXIST' ? 'ENOTDIR' : (errorCode(error) ?? 'EIO')
    throw new DiskError(code, 'mkdir', directory, { cause: error, ...withheld(error) })
  }
}
