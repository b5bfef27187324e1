import type { FileStorageOptions } from '../files/file-storage-options.js'
import { fileStorageConfigFrom } from '../files/environment.js'
import { FileStorage } from '../files/file-storage.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'
import { adopting, diskChoice } from './open-store.js'

const GROUP_MODES = { fileMode: 0o660, directoryMode: 0o2770 }

/** Opens the files that `--dir`, HOLDFAST_DIR or the file storage's own variables name. */
export async function openFiles(
  environment: Environment,
  options: GlobalOptions,
  how: { readonly create?: boolean; readonly repairJournal?: boolean },
): Promise<FileStorage> {
  const config = fileStorageConfigFrom(environment.variables)
  const path = options.dir ?? environment.variables['HOLDFAST_DIR'] ?? config.storageDir
  if (path === undefined || path === '') {
    throw new CliError(
      'CLI-USAGE-001',
      'No storage directory given: pass --dir DIRECTORY or set HOLDFAST_DIR or LOCAL_STORAGE_PATH',
    )
  }
  const open = async (adopt: boolean): Promise<FileStorage> =>
    await FileStorage.open({
      ...config,
      storageDir: path,
      ...(options.readOnly === true ? { readOnly: true } : { create: how.create === true }),
      repairJournal: how.repairJournal === true,
      ...(adopt ? { adopt } : {}),
      ...(options.group === true ? GROUP_MODES : {}),
      disk: diskChoice(environment, options),
      ...(options.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: options.lockTimeoutMs }),
      ...(options.retries === undefined ? {} : retriesOf(options.retries, config)),
    })
  return await adopting(environment, options, path, open)
}

/** Of both, the local disk and the cloud. */
function retriesOf(
  retries: number,
  { retry }: FileStorageOptions,
): Pick<FileStorageOptions, 'maxRetries' | 'retry'> {
  return { retry: { ...retry, attempts: retries + 1 }, maxRetries: retries }
}
