import { currentUser, effectiveUser } from '../../base/this-process.js'
import type { FileStat, Volume } from '../../disk/disk.js'
import { isEngineName, LOST_FILE, MARK_FILE, TEMPORARY_DIRECTORY } from '../../format/layout.js'
import { StorageError, type ErrorContext } from '../../base/errors.js'
import { publish } from '../../base/channels.js'
import type { ResolvedDirectoryOptions } from '../directory-options.js'

const WORLD_WRITABLE = 0o002
const GROUP_WRITABLE = 0o020

/** Refuses places where the guarantees cannot hold, unless the caller has allowed them. */
export async function checkPlace(volume: Volume, options: ResolvedDirectoryOptions): Promise<void> {
  const { capabilities, directory } = volume
  for (const message of capabilities.warnings) {
    publish('warning', () => ({ directory, code: 'file-system', message }))
  }
  if (capabilities.network && !options.allowNetworkFileSystem) {
    throw new StorageError(
      'FS-FORMAT-001',
      `'${directory}' is on a network file system (${capabilities.fileSystem}), where locks and flushes of other machines cannot be relied on; pass allowNetworkFileSystem: true to open it all the same`,
      {
        context: {
          path: directory,
          reason: 'network_file_system',
          file_system: capabilities.fileSystem,
        },
      },
    )
  }
  const stat = await volume.stat('')
  // When nothing is written, other writers are not a greater risk than the medium itself.
  const user = effectiveUser()
  if (stat === undefined || user === undefined || capabilities.readOnly) return
  const refusal = refusalOf(stat, user, options)
  if (refusal === undefined) return
  await leaveAsFound(volume)
  const { reason, message, ...context } = refusal
  throw new StorageError('FS-PERM-001', message(directory), {
    context: { path: directory, reason, user: currentUser(), ...context },
  })
}

type Refusal = {
  readonly reason: string
  readonly message: (directory: string) => string
} & ErrorContext

/** Another user who may write to a directory decides what the store holds, and can replace its files. */
function refusalOf(
  { mode, uid }: FileStat,
  user: number,
  { allowWorldWritable, directoryMode }: ResolvedDirectoryOptions,
): Refusal | undefined {
  if (allowWorldWritable) return undefined
  // Sticky or not: all users may create files in it, even under names that the store is about to use.
  if ((mode & WORLD_WRITABLE) !== 0) {
    return {
      reason: 'world_writable',
      message: (directory) =>
        `Every user may write to '${directory}'; take the permission away (chmod o-w), keep the store in a directory of its own below it, or pass allowWorldWritable: true`,
    }
  }
  if ((directoryMode & GROUP_WRITABLE) !== 0) return undefined
  if ((mode & GROUP_WRITABLE) !== 0) {
    return {
      reason: 'group_writable',
      message: (directory) =>
        `A group may write to '${directory}'; take the permission away (chmod g-w), or share the store with the group by fileMode: 0o660, directoryMode: 0o2770`,
    }
  }
  if (uid === user || uid === 0 || user === 0) return undefined
  return {
    reason: 'owner',
    owner_uid: uid,
    uid: user,
    message: (directory) =>
      `'${directory}' belongs to user ${uid}, and this process runs as user ${user}; run it as that user, give the directory to this one (chown -R), share it with a group by fileMode: 0o660, directoryMode: 0o2770, or only read it by readOnly: true`,
  }
}

/**
 * A directory of other files does not become a store by a typing error.
 * @throws StorageError FS-FORMAT-001 with reason `not_empty`
 */
export async function refuseForeignFiles(
  volume: Volume,
  { adopt, storeFiles }: ResolvedDirectoryOptions,
): Promise<void> {
  if (adopt) return
  const names = ((await volume.list('')) ?? []).map(({ name }) => name).sort()
  // One name of a store is enough: its mark is lost.
  if (names.some((name) => name === LOST_FILE || storeFiles.includes(name))) return
  const foreign = names.filter((name) => !isEngineName(name) && !INCIDENTAL.has(name))
  if (foreign.length === 0) return
  await leaveAsFound(volume)
  const { directory } = volume
  throw new StorageError(
    'FS-FORMAT-001',
    `'${directory}' is not a store and is not empty; name an empty directory or a new one, or pass adopt: true to keep a store beside the files that are there`,
    {
      context: {
        path: directory,
        reason: 'not_empty',
        entries: foreign.length,
        entry: foreign[0] ?? '',
      },
    },
  )
}

/** What file systems, version control and desktops put into every directory. */
export const INCIDENTAL: ReadonlySet<string> = new Set([
  'lost+found',
  '.git',
  '.gitignore',
  '.gitattributes',
  '.gitkeep',
  '.DS_Store',
])

/** Removes the directory that probing the file system has made, unless it is that of a store, which may be in use. */
async function leaveAsFound(volume: Volume): Promise<void> {
  if (volume.capabilities.readOnly || (await volume.stat(MARK_FILE)) !== undefined) return
  await volume.removeDirectory(TEMPORARY_DIRECTORY)
}
