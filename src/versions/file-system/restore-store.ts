import { StorageError, isStorageError } from '../../base/errors.js'
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
import { restoreBackup, withRestored } from '../../engine/backup/backups.js'
import type { ReadBackedUp, Restoring } from '../../engine/backup/restore-backup.js'
import type {
  StandardSchema,
  VersionDocument,
  VersionNames,
  VersionStorage,
} from '../version-storage.js'
import { layoutOf, parseMetadata } from './metadata.js'
import { StoreLayout } from './store-layout.js'

/** As `RestoreOptions`, for a store of versions. */
export interface RestoreStoreOptions extends RestoreOptions {
  /** Restores this prompt alone: its versions, labels and history. Default: everything. */
  readonly promptId?: string | undefined
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

/** Restores a store of versions into a new place. @throws as `DurableDirectory.restore` */
export async function restoreStore(
  directory: BackupOrigin,
  options: RestoreStoreOptions,
): Promise<RestoreReport> {
  const { promptId, ...rest } = options ?? {}
  if (promptId === undefined) return await restoreBackup(directory, rest, ALL)
  checkPromptId(promptId)
  return await restoreBackup(directory, rest, onlyPrompt(promptId))
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
