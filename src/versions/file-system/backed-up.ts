import type {
  BackupOptions,
  BackupOrigin,
  BackupPlace,
  BackupReport,
} from '../../engine/backup/backup-options.js'
import type {
  RestorePromptOptions,
  RestorePromptReport,
  RestoreStoreOptions,
  RestoreStoreReport,
} from './restore-store.js'

type BackUp = (to: BackupPlace, options?: BackupOptions) => Promise<BackupReport>

/** The backups of a store of versions, and how it comes back from one. */
export class BackedUp {
  readonly #backUp: BackUp

  constructor(backUp: BackUp) {
    this.#backUp = backUp
  }

  /**
   * Restores a backup of a store into a new place, whole, one prompt of it, or as of a time. It overwrites nothing.
   * @param directory the directory of the backups, or a tar archive of it as a stream
   * @throws as `DurableDirectory.restore`; StorageError OPT-VER-002 when the backup does not have the prompt;
   * OPT-PAST-001 when the state of the time is not known, or contents are gone: nothing is restored then
   */
  static async restore(
    directory: BackupOrigin,
    options: RestoreStoreOptions,
  ): Promise<RestoreStoreReport> {
    const { restoreStore } = await import('./restore-store.js')
    return await restoreStore(directory, options)
  }

  /**
   * Saves the versions that a backup has of a prompt in a storage that is in use. Versions that are there already stay,
   * and have to have the same content; labels stay where they are.
   * @param directory the directory of the backups, or a tar archive of it as a stream
   * @throws as `DurableDirectory.restore`; StorageError OPT-VER-001 when versions have other contents: it names them, and
   * nothing is saved; OPT-VER-002 when the backup does not have the prompt
   */
  static async restorePrompt(
    directory: BackupOrigin,
    options: RestorePromptOptions,
  ): Promise<RestorePromptReport> {
    const { restorePrompt } = await import('./restore-store.js')
    return await restorePrompt(directory, options)
  }

  /**
   * Backs the store up while any process saves: `to` gets exactly what was committed up to one moment. The first backup
   * in a directory is full, the following ones add what is new. See docs/backup.md.
   *
   * @param to a directory for the backups of this store alone, best on another disk: it is made if it is missing. Or a
   * stream, which gets a full backup as a tar archive, and is not ended
   * @throws as `DurableDirectory.backup`
   */
  async backup(to: BackupPlace, options?: BackupOptions): Promise<BackupReport> {
    return await this.#backUp(to, options)
  }
}
