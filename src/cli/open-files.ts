import type { FileStorageConfig } from '../files/config.js'
import { fileStorageConfigFrom } from '../files/environment.js'
import { FileStorage } from '../files/file-storage.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'
import { adopting, diskChoice } from './open-store.js'

const GROUP_MODES = { file_mode: 0o660, directory_mode: 0o2770 }

/** Opens the files that `--dir`, HOLDFAST_DIR or the file storage's own variables name. */
export async function openFiles(
  environment: Environment,
  options: GlobalOptions,
  how: { readonly create?: boolean; readonly repairJournal?: boolean },
): Promise<FileStorage> {
  const config = fileStorageConfigFrom(environment.variables)
  const path = options.dir ?? environment.variables['HOLDFAST_DIR'] ?? config.local_storage_path
  if (path === undefined || path === '') {
    throw new CliError(
      'CLI-USAGE-001',
      'No storage directory given: pass --dir DIRECTORY or set HOLDFAST_DIR or LOCAL_STORAGE_PATH',
    )
  }
  const open = async (adopt: boolean): Promise<FileStorage> =>
    await FileStorage.open({
      ...config,
      local_storage_path: path,
      ...(options.readOnly === true ? { read_only: true } : { create: how.create === true }),
      repair_journal: how.repairJournal === true,
      ...(adopt ? { adopt } : {}),
      ...(options.group === true ? GROUP_MODES : {}),
      disk: diskChoice(environment, options),
      ...(options.lockTimeoutMs === undefined ? {} : { lock_timeout_ms: options.lockTimeoutMs }),
      ...(options.retries === undefined ? {} : retriesOf(options.retries)),
    })
  return await adopting(environment, options, path, open)
}

/** Of both, the local disk and the cloud. */
function retriesOf(retries: number): Pick<FileStorageConfig, 'retry_attempts' | 'max_retries'> {
  return { retry_attempts: retries + 1, max_retries: retries }
}
