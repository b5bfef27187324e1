import { onTestFinished } from 'vitest'
import { DiskError } from '../../../src/disk/disk-error.js'
import type { Committer, Disk, Volume } from '../../../src/disk/disk.js'
import { portableDisk } from '../../../src/disk/portable/portable-disk.js'
import {
  resolveDirectoryOptions,
  type DirectoryOptions,
  type ResolvedDirectoryOptions,
} from '../../../src/engine/directory-options.js'
import { openDirectory, type OpenedDirectory } from '../../../src/engine/opening/open-directory.js'
import { intercepted, type Interceptor } from '../../support/intercepted.js'

/** No checkpoint comes by itself. */
const QUIET: DirectoryOptions = { disk: portableDisk, checkpointIdleMs: 3_600_000 }

/** The options of a store on the portable disk, unless they name another. */
export function resolved(options: DirectoryOptions = {}): ResolvedDirectoryOptions {
  return { ...resolveDirectoryOptions({ ...QUIET, ...options }), storeFiles: [] }
}

/** A directory as the store has it, without what the store does by itself. Closed when the test ends. */
export async function opened(
  path: string,
  options: DirectoryOptions = {},
): Promise<OpenedDirectory> {
  const directory = await openDirectory(path, resolved(options))
  onTestFinished(async () => {
    await directory.journal.close()
    await directory.volume.close()
  })
  return directory
}

/** As an `Interceptor`, and with the committer. */
export type CommitterInterceptor = (
  ...made: [...Parameters<Interceptor>, committer: Committer]
) => unknown

/** A disk whose volumes and committers pass each call through the interceptors. */
export function interceptedDisk(
  disk: Disk,
  ofVolume: Interceptor,
  ofCommitter: CommitterInterceptor = (_, call) => call(),
): Disk {
  const openVolume: Disk['openVolume'] = async (directory, options) => {
    const volume = await disk.openVolume(directory, options)
    return intercepted(volume, (name, call, given) => {
      if (name !== 'openCommitter') return ofVolume(name, call, given)
      return (call() as Promise<Committer>).then((committer) =>
        intercepted(committer, (...made) => ofCommitter(...made, committer)),
      )
    })
  }
  return { kind: disk.kind, openVolume }
}

/** A call of `createSegment` finds no space. */
export const withoutSpace: Interceptor = (name, call) =>
  name === ('createSegment' satisfies keyof Volume)
    ? Promise.reject(new DiskError('ENOSPC', 'fallocate', ''))
    : call()
