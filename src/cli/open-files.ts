import { fileStorageConfigFrom } from '../files/environment.js'
import type { FileStorageOptions } from '../files/file-storage-options.js'
import { FileStorage } from '../files/file-storage.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import { filesPlace, type FilesPlace } from './files-place.js'
import type { GlobalOptions } from './global-options.js'
import { adopting, diskChoice, GROUP_MODES } from './open-store.js'

/** How a store of files is opened. */
export interface OpenFilesHow {
  readonly create?: boolean
  /** Only commands that store or remove files pass true: all others must not change which versions are kept. */
  readonly changes?: boolean
  readonly repairJournal?: boolean
}

/** Opens the files that `--dir`, `--store`, the environment or the file storage's own variables name. */
export async function openFiles(
  environment: Environment,
  options: GlobalOptions,
  how: OpenFilesHow,
): Promise<FileStorage> {
  const { storageDir, ...variables } = fileStorageConfigFrom(environment.variables)
  const place = await filesPlace(environment, options, storageDir)
  // A URL says where the files are, whatever bucket the variables name; --dir may be the directory of a fallback.
  const config =
    place.options === undefined ? variables : { ...withoutPlace(variables), ...place.options }
  const isCloud = place.options?.backend === 'cloud'
  if (isCloud) refuseFlags(options, place, [READ_ONLY])
  const directory = place.directory ?? (isCloud ? storageDir : undefined)
  if (directory === undefined) return await openElsewhere(options, how, place, config)
  const open = async (adopt: boolean): Promise<FileStorage> =>
    await FileStorage.open({
      ...ofChange(config, how),
      storageDir: directory,
      ...(options.readOnly === true ? { readOnly: true } : { create: how.create === true }),
      repairJournal: how.repairJournal === true,
      ...(adopt ? { adopt } : {}),
      ...(options.group === true ? GROUP_MODES : {}),
      disk: diskChoice(environment, options),
      ...limitsOf(options, config),
    })
  return await adopting(environment, options, directory, open)
}

/** Opens files in memory, or in a bucket without a directory that takes over during outages. */
async function openElsewhere(
  options: GlobalOptions,
  { create = false }: OpenFilesHow,
  place: FilesPlace,
  config: FileStorageOptions,
): Promise<FileStorage> {
  if (config.backend === 'memory' && create)
    throw new CliError(
      'CLI-USAGE-001',
      'memory: keeps nothing when the command ends: name another store with --dir or --store',
    )
  refuseFlags(options, place, [READ_ONLY, ...OF_DIRECTORIES])
  return await FileStorage.open({
    ...config,
    enableLocalFallback: false,
    ...limitsOf(options, config),
  })
}

type Flag = readonly [flag: string, valueOf: (options: GlobalOptions) => unknown]

const READ_ONLY: Flag = ['--read-only', ({ readOnly }) => readOnly]
const OF_DIRECTORIES: readonly Flag[] = [
  ['--adopt', ({ adopt }) => adopt],
  ['--disk', ({ disk }) => disk],
  ['--portable', ({ portable }) => portable],
  ['--group', ({ group }) => group],
]

function refuseFlags(options: GlobalOptions, { shown }: FilesPlace, flags: readonly Flag[]): void {
  const wrong = flags.find(([, valueOf]) => valueOf(options) !== undefined)
  if (wrong === undefined) return
  throw new CliError(
    'CLI-USAGE-001',
    `${wrong[0]} means nothing to the files in ${shown}; leave it out`,
  )
}

/** The variables without those that name a bucket or kind of storage. */
function withoutPlace(given: FileStorageOptions): FileStorageOptions {
  const {
    backend: _backend,
    gcsBucketName: _gcs,
    s3BucketName: _s3,
    cloudPrefix: _prefix,
    ...rest
  } = given
  return rest
}

/** A directory knows which versions it keeps, and opening it with that option changes it for all; a bucket does not. */
function ofChange(
  config: FileStorageOptions,
  { changes = false }: OpenFilesHow,
): FileStorageOptions {
  const { keepVersions: _keep, keepVersionsDays: _days, ...rest } = config
  const isBucket = config.gcsBucketName !== undefined || config.s3BucketName !== undefined
  return changes || isBucket ? config : rest
}

/** The retries of the local disk and of the cloud, and the wait for locks. */
function limitsOf(
  { lockTimeoutMs, retries }: GlobalOptions,
  { retry }: FileStorageOptions,
): Pick<FileStorageOptions, 'lockTimeoutMs' | 'maxRetries' | 'retry'> {
  return {
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    ...(retries === undefined
      ? {}
      : { retry: { ...retry, attempts: retries + 1 }, maxRetries: retries }),
  }
}
