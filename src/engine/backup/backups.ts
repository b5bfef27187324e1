import { FAILED, orStorageError } from '../failure.js'
import { readingFrom } from '../../base/byte-source.js'
import type {
  BackupOrigin,
  BackupSourceOptions,
  RestoreOptions,
  RestoreReport,
} from './backup-options.js'
import type { Restoring } from './restore-backup.js'
import type { BackupInfo, BackupVerifyReport } from './verify-backups.js'

// Few programs restore backups: what that takes is loaded when one does.

/**
 * Lists the backups of a directory, the oldest first. It reads the manifests, and no content.
 * @throws TypeError or RangeError for a wrong option; StorageError FS-FORMAT-001 when the directory has no backups
 */
export async function listBackups(
  directory: string | URL,
  options?: BackupSourceOptions,
): Promise<readonly BackupInfo[]> {
  const { listBackupsIn } = await import('./verify-backups.js')
  return await orStorageError(listBackupsIn(directory, options), FAILED.readBackups)
}

/**
 * Checks every backup of a directory without restoring it: the manifests and their chains, and size and SHA-256 of each
 * content. It reads everything.
 * @throws TypeError or RangeError for a wrong option; StorageError FS-FORMAT-001 when the directory has no backups
 */
export async function verifyBackups(
  directory: string | URL,
  options?: BackupSourceOptions,
): Promise<BackupVerifyReport> {
  const { verifyBackupsIn } = await import('./verify-backups.js')
  return await orStorageError(verifyBackupsIn(directory, options), FAILED.readBackups)
}

/** As `DurableDirectory.restore`; of a store of one kind, or of some files alone. */
export async function restoreBackup(
  directory: BackupOrigin,
  options: RestoreOptions,
  restoring?: Restoring,
): Promise<RestoreReport> {
  const { restoreInto, restoreStream } = await import('./restore-backup.js')
  const restored =
    typeof directory !== 'object' || 'href' in directory
      ? restoreInto(directory, options, restoring)
      : readingFrom('directory', directory, async () =>
          restoreStream(directory, options, restoring),
        )
  return await orStorageError(restored, FAILED.restore)
}

/** Runs `work` on a restored backup in a temporary directory, which is removed afterwards. */
export async function withRestored<Result>(
  directory: BackupOrigin,
  options: Omit<RestoreOptions, 'to'>,
  restoring: Restoring,
  work: (restored: RestoreReport) => Promise<Result>,
): Promise<Result> {
  const { withTemporaryDirectory } = await import('../../disk/temporary-directory.js')
  return await withTemporaryDirectory(async (to) =>
    work(await restoreBackup(directory, { ...options, to }, restoring)),
  )
}

/**
 * Restores a backup, changed by `change`, into a new place. It is restored and changed in a temporary directory beside
 * that place; `change` backs the result up into a directory of its own there, and that backup is restored. So the place
 * is not a store until all is done, and is left empty if something fails.
 */
export async function restoreChanged<Result>(
  directory: BackupOrigin,
  given: RestoreOptions,
  restoring: Restoring,
  change: (place: string, backups: string) => Promise<Result>,
): Promise<{ readonly report: RestoreReport; readonly result: Result }> {
  const { dirname, join, resolve } = await import('node:path')
  const { withTemporaryDirectory } = await import('../../disk/temporary-directory.js')
  const { NewPlace } = await import('./new-place.js')
  const { resolveRestoreOptions } = await import('./backup-options.js')
  const options = resolveRestoreOptions(given)
  // All of it would be done in vain.
  await orStorageError(NewPlace.check(options.to, options), FAILED.restore)
  const { to } = options
  const restored = withTemporaryDirectory(
    async (beside) => {
      const [place, backups] = [join(beside, 'store'), join(beside, 'backups')]
      const before = await restoreBackup(directory, { ...given, to: place }, restoring)
      const result = await change(place, backups)
      const last = { ...given, to, backup: undefined, allowDamaged: false }
      const after = await restoreBackup(backups, last, { kind: restoring.kind ?? '' })
      const { backup, lsn, at, damaged } = before
      return { report: { ...after, backup, lsn, at, damaged }, result }
    },
    dirname(resolve(to)),
  )
  return await orStorageError(restored, FAILED.restore)
}
