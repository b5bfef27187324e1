import type { FileSystemStorageOptions } from '../versions/file-system/file-system-options.js'
import { FileSystemStorage } from '../versions/file-system/file-system-storage.js'
import type { Environment } from './environment.js'
import { isStorageError } from '../base/errors.js'
import { toError } from '../base/values.js'
import { nativeSetting } from '../disk/native/load-binding.js'
import { supports } from '../versions/supports.js'
import type { VersionStore } from '../versions/version-store.js'
import { chosenStore, directoryOf, directorySettings, type ChosenStore } from './chosen-store.js'
import { confirm } from './input.js'
import { openOtherStore } from './other-store.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'

/** The modes of `--group`. */
export const GROUP_MODES = { fileMode: 0o660, directoryMode: 0o2770 }

/** The store that the command line works on. */
export type Store = VersionStore

export interface OpenHow {
  /** Only commands that save pass true: all others must not make a store. */
  readonly create?: boolean
  readonly repairJournal?: boolean
  /** Whether the command goes on until it is ended, so that a store in memory is of use. */
  readonly serves?: boolean
  /** Every document that is read has to be a PromptVersion. */
  readonly validateOnRead?: boolean
}

/**
 * Opens the store that `--dir`, `--store`, the environment or the configuration file names.
 */
export async function openStore(
  environment: Environment,
  options: GlobalOptions,
  how: OpenHow,
): Promise<Store> {
  const chosen = await chosenStore(environment, options)
  if (chosen.target.scheme === 'file') return await openDirectory(environment, options, chosen, how)
  const isKept = chosen.target.scheme !== 'memory' || how.serves !== true
  return await openOtherStore(chosen, options, how.create === true && isKept)
}

/**
 * As `openStore`, for what only a store of files can do.
 * @param what the capability, as the command is called
 * @throws CliError for a store of another kind
 */
export async function openFileStore(
  environment: Environment,
  options: GlobalOptions,
  what: string,
  how: OpenHow,
): Promise<FileSystemStorage> {
  const chosen = await chosenStore(environment, options)
  directoryOf(chosen, what)
  return await openDirectory(environment, options, chosen, how)
}

async function openDirectory(
  environment: Environment,
  options: GlobalOptions,
  chosen: ChosenStore,
  how: OpenHow,
): Promise<FileSystemStorage> {
  const storageDir = directoryOf(chosen, 'open')
  const settings = directorySettings(chosen)
  const open = async (adopt: boolean): Promise<FileSystemStorage> =>
    await FileSystemStorage.open({
      ...settings,
      storageDir,
      ...(adopt ? { adopt } : {}),
      ...(options.group === true ? GROUP_MODES : {}),
      ...(options.readOnly === true
        ? { readOnly: true, create: false }
        : { create: settings.create !== false && how.create === true }),
      repairJournal: how.repairJournal === true,
      ...(how.validateOnRead === true ? { validateOnRead: true } : {}),
      ...diskOf(environment, options, settings),
      ...(options.prerelease === true ? { allowPrerelease: true } : {}),
      ...(options.shardDepth === undefined
        ? {}
        : { enableSharding: true, shardDepth: options.shardDepth }),
      ...(options.trash === true ? { enableTrash: true } : {}),
      ...(options.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: options.lockTimeoutMs }),
      ...(options.retries === undefined ? {} : { retry: { attempts: options.retries + 1 } }),
    })
  return await adopting(environment, options, storageDir, open)
}

/** Flags and the environment win over the configuration. */
function diskOf(
  environment: Environment,
  options: GlobalOptions,
  { disk }: Partial<FileSystemStorageOptions>,
): Pick<FileSystemStorageOptions, 'disk'> {
  const choice = diskChoice(environment, options)
  return choice === 'auto' && options.disk === undefined && disk !== undefined
    ? {}
    : { disk: choice }
}

/** Asks on a terminal before a directory of other files becomes a store; without one, `--adopt` is required. */
export async function adopting<Opened>(
  environment: Environment,
  options: GlobalOptions,
  directory: string,
  open: (adopt: boolean) => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open(options.adopt === true)
  } catch (error) {
    const isRefused =
      isStorageError(error, 'FS-FORMAT-001') && error.context['reason'] === 'not_empty'
    if (!isRefused) throw error
    const question = `${directory} is not a store and holds other files. Keep a store in it?`
    if (environment.stdin.isTTY && environment.stderr.isTTY) {
      if (await confirm(environment, question)) return await open(true)
      throw error
    }
    throw new CliError(
      'CLI-USAGE-001',
      `${directory} is not a store and is not empty: name an empty directory or a new one, or pass --adopt`,
      { context: error.context, cause: error },
    )
  }
}

/** Whether a store is one of files, and so can do what only those can. */
export function isFileStore(store: Store): store is Store & FileSystemStorage {
  return supports(store, 'files')
}

/** Whether a store of files was opened as one of versions. */
export function holdsFiles(error: unknown): boolean {
  return isStorageError(error, 'FS-FORMAT-001') && error.context['holds'] === 'files'
}

/**
 * The directory of the store that is named, which is not opened.
 * @param what the capability, as the command is called
 * @throws CliError for a store that is not one of files
 */
export async function storageDirectory(
  environment: Environment,
  options: GlobalOptions,
  what: string,
): Promise<string> {
  return directoryOf(await chosenStore(environment, options), what)
}

/** The directory of a store that is restored, and how it is made. */
export async function placeOptions(
  environment: Environment,
  options: GlobalOptions,
): Promise<{ readonly directory: string; readonly disk: 'auto' | 'native' | 'portable' }> {
  const directory = await storageDirectory(environment, options, 'restore')
  const modes = options.group === true ? GROUP_MODES : {}
  return { directory, disk: diskChoice(environment, options), ...modes }
}

/** The flags override HOLDFAST_NATIVE, which is meant for whole environments. */
export function diskChoice(
  environment: Environment,
  options: GlobalOptions,
): 'auto' | 'native' | 'portable' {
  if (options.disk !== undefined) return options.disk
  if (options.portable === true) return 'portable'
  try {
    return nativeSetting(environment.variables['HOLDFAST_NATIVE']).disk
  } catch (error) {
    throw new CliError('CLI-USAGE-001', toError(error).message, { cause: error })
  }
}
