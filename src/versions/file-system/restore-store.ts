import { StorageError, isStorageError } from '../../base/errors.js'
import { documentTime } from '../../base/clock.js'
import { rejectUnknown } from '../../base/options.js'
import { wrongArgument } from '../../base/misuse.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { METADATA_FILE, VERSIONS_CLAIM } from '../../document/store-names.js'
import type {
  BackupOrigin,
  BackupSourceOptions,
  RestoreOptions,
  RestoreReport,
  WhichBackup,
} from '../../engine/backup/backup-options.js'
import { RESTORE_OPTION_NAMES } from '../../engine/backup/backup-options.js'
import { restoreBackup, restoreChanged, withRestored } from '../../engine/backup/backups.js'
import type { ReadBackedUp, Restoring } from '../../engine/backup/restore-backup.js'
import { checkAsOf, checkTime, type Undated } from '../time-travel.js'
import type {
  StandardSchema,
  VersionDocument,
  VersionNames,
  VersionStorage,
} from '../version-storage.js'
import type { RestoredAsOf } from './bring-back.js'
import { layoutOf, parseMetadata } from './metadata.js'
import { StoreLayout } from './store-layout.js'

/** As `RestoreOptions`, for a store of versions. */
export interface RestoreStoreOptions extends RestoreOptions {
  /** Restores this prompt alone: its versions, labels and history. Default: everything. */
  readonly promptId?: string | undefined
  /**
   * Restores the state of this time, labels included: the first backup of that time or later, whose later changes are
   * taken back by transactions. A Date, milliseconds since 1970, or an ISO 8601 text, in UTC unless a zone follows.
   * Excludes `backup` and `promptId`. Default: the state of the backup.
   */
  readonly asOf?: Date | number | string | undefined
  /** With `asOf`, for versions whose commit time is unknown; as in `AsOfOptions`. Default 'refuse'. */
  readonly undated?: Undated | undefined
}

/** What was restored of a store of versions. */
export interface RestoreStoreReport extends RestoreReport {
  /** What `asOf` has changed in the backup. */
  readonly as_of?: RestoredAsOf
}

export interface RestorePromptOptions extends BackupSourceOptions {
  readonly promptId: string
  /** The storage that gets the versions, of any kind. */
  readonly into: VersionStorage<VersionDocument, never>
  /** A sequence number, or a time: the last backup at or before it. Default: the last backup. */
  readonly backup?: WhichBackup | undefined
}

/** What was restored of a prompt. */
export interface RestorePromptReport {
  /** The backup that it was restored from. */
  readonly backup: number
  readonly at: string
  /** The versions that were saved, in ascending order. */
  readonly restored: readonly string[]
  /** Those that the storage had already, with the same content. */
  readonly present: readonly string[]
}

const RESTORE_STORE_OPTIONS = [...RESTORE_OPTION_NAMES, 'promptId', 'asOf', 'undated']

/** Restores a store of versions into a new place. @throws as `DurableDirectory.restore` */
export async function restoreStore(
  directory: BackupOrigin,
  options: RestoreStoreOptions,
): Promise<RestoreStoreReport> {
  rejectUnknown(options, RESTORE_STORE_OPTIONS, 'restore')
  const { promptId, asOf, undated, ...rest } = options ?? {}
  if (asOf !== undefined) return await restoreAsOf(directory, { ...rest, promptId, asOf, undated })
  if (undated !== undefined) throw wrongArgument('Option "undated" goes with "asOf" only')
  if (promptId === undefined) return await restoreBackup(directory, rest, ALL)
  checkPromptId(promptId)
  return await restoreBackup(directory, rest, onlyPrompt(promptId))
}

async function restoreAsOf(
  directory: BackupOrigin,
  { promptId, asOf, undated, ...rest }: RestoreStoreOptions,
): Promise<RestoreStoreReport> {
  if (promptId !== undefined || rest.backup !== undefined)
    throw wrongArgument(
      `Option "asOf" excludes "${promptId === undefined ? 'backup' : 'promptId'}": it chooses the backup, and restores all prompts. Leave one of them out`,
    )
  const time = checkTime(asOf, documentTime(), 'Option "asOf"')
  checkAsOf({ ...(undated !== undefined && { undated }) })
  const { disk, nativeBinding, ioTimeoutMs, signal } = rest
  const restoring = { ...ALL, notBefore: new Date(time) }
  const { report, result } = await restoreChanged(
    directory,
    rest,
    restoring,
    async (storageDir, backups) => {
      // Not above: that module extends what imports this one.
      const { FileSystemStorage } = await import('./file-system-storage.js')
      const { bringBack } = await import('./bring-back.js')
      const storage = await FileSystemStorage.open<VersionDocument>({
        storageDir,
        disk,
        nativeBinding,
        ioTimeoutMs,
        schema: ANY,
        minFreeMb: 0,
        enableTrash: true,
        useIndex: false,
      })
      try {
        const changed = await bringBack(storage, time, { undated, signal })
        await storage.backup(backups, { signal })
        return changed
      } finally {
        await storage.close()
      }
    },
  )
  return { ...report, as_of: result }
}

const ALL: Restoring = { kind: VERSIONS_CLAIM.kind }

function onlyPrompt(promptId: string): Restoring {
  return {
    kind: VERSIONS_CLAIM.kind,
    choose: async (read, paths) => {
      const layout = await layoutIn(read, promptId)
      const isOf = (path: string): boolean => layout.isOfPrompt(promptId, path)
      if (!paths.some(isOf)) throw notInBackup(promptId)
      return (path) => isOf(path) || !path.includes('/')
    },
  }
}

/** The names of the store that was backed up. */
async function layoutIn(read: ReadBackedUp, promptId: string): Promise<StoreLayout> {
  const mark = await read(METADATA_FILE)
  if (mark === undefined) throw notInBackup(promptId)
  return new StoreLayout(layoutOf(parseMetadata(mark)))
}

/** What was saved once fits its own schema; the storage that gets it checks it again. */
const ANY: StandardSchema<VersionDocument> = {
  '~standard': {
    version: 1,
    vendor: 'holdfast',
    validate: (value) => ({ value: value as VersionDocument }),
  },
}

type RestoredStore = Pick<VersionStorage<VersionDocument>, 'getVersion'> & VersionNames

/**
 * Saves the versions of a prompt of a backup in another storage. One that is there already has to have the same
 * content: otherwise nothing is saved.
 */
export async function restorePrompt(
  directory: BackupOrigin,
  options: RestorePromptOptions,
): Promise<RestorePromptReport> {
  rejectUnknown(
    options,
    ['promptId', 'into', 'backup', 'disk', 'nativeBinding', 'ioTimeoutMs'],
    'restorePrompt',
  )
  const { promptId, into, ...rest } = options ?? {}
  checkPromptId(promptId)
  if (typeof (into as { saveVersion?: unknown } | undefined)?.saveVersion !== 'function')
    throw wrongArgument('Option "into" must be a storage of versions, such as a FileSystemStorage')
  return await withRestored(directory, rest, onlyPrompt(promptId), async ({ path, backup, at }) => {
    // Not above: that module extends what imports this one.
    const { FileSystemStorage } = await import('./file-system-storage.js')
    const from = await FileSystemStorage.open<VersionDocument>({
      storageDir: path,
      schema: ANY,
      minFreeMb: 0,
    })
    try {
      const { missing, present } = await compare(promptId, await documentsOf(promptId, from), into)
      for (const version of missing) await into.saveVersion(version as never, { ifSame: 'accept' })
      return { backup, at, restored: missing.map(({ version }) => version), present }
    } finally {
      await from.close()
    }
  })
}

/** @throws StorageError FS-LOAD-001 for one that was damaged in the store already */
async function documentsOf(promptId: string, from: RestoredStore): Promise<VersionDocument[]> {
  const documents: VersionDocument[] = []
  for (const version of await from.listVersionNames(promptId)) {
    const document = await from.getVersion(promptId, version)
    if (document !== undefined) documents.push(document)
  }
  return documents
}

/** @throws StorageError OPT-VER-001 that names the versions with other contents */
async function compare(
  promptId: string,
  versions: readonly VersionDocument[],
  into: VersionStorage<VersionDocument, never>,
): Promise<{ readonly missing: readonly VersionDocument[]; readonly present: readonly string[] }> {
  const missing: VersionDocument[] = []
  const present: string[] = []
  const different: string[] = []
  for (const document of versions) {
    const { version } = document
    if ((await into.getVersion(promptId, version)) === undefined) missing.push(document)
    else if (await isAccepted(document, into)) present.push(version)
    else different.push(version)
  }
  if (different.length === 0) return { missing, present }
  throw new StorageError(
    'OPT-VER-001',
    `Nothing of '${promptId}' was restored: ${different.join(', ')} ${different.length === 1 ? 'has' : 'have'} another content than in the backup. Restore the prompt into a new place (option "to" of restore)`,
    { context: { prompt_id: promptId, version: different[0] ?? '', versions: different } },
  )
}

/** It exists, so nothing is saved: the storage compares. */
async function isAccepted(
  document: VersionDocument,
  into: VersionStorage<VersionDocument, never>,
): Promise<boolean> {
  try {
    await into.saveVersion(document as never, { ifSame: 'accept' })
    return true
  } catch (error) {
    if (isStorageError(error, 'OPT-VER-001')) return false
    throw error
  }
}

function notInBackup(promptId: string): StorageError {
  return new StorageError('OPT-VER-002', `The backup has no prompt '${promptId}'`, {
    context: { prompt_id: promptId, reason: 'not_in_backup' },
  })
}
