import { settingsOf } from '../config/keys.js'
import { readSecretFile } from '../config/secret-files.js'
import { placeOf, storageConfigOf } from '../config/storage-config.js'
import type { StoreTarget } from '../config/store-url.js'
import {
  FILE_STORAGE_OPTION_NAMES,
  type FileStorageOptions,
} from '../files/file-storage-options.js'
import { refuseSecret } from './chosen-store.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'

/** Where the files of a command are. */
export interface FilesPlace {
  /** The directory; undefined for files in a bucket or in memory. */
  readonly directory: string | undefined
  /** The URL without its secrets; of a directory that was not named by a URL, its path. */
  readonly shown: string
  /** The options of `FileStorage.open` that the URL sets; undefined where a directory was named without one. */
  readonly options: FileStorageOptions | undefined
}

/**
 * The place that `--dir` or `--store` names, else HOLDFAST_DIR, else the file storage's own variable, else
 * HOLDFAST_STORE or HOLDFAST_STORE_FILE, which is meant for prompts too.
 *
 * @param ownDirectory the directory that the file storage's own variable names
 * @throws CliError for none, for two, and for a store that holds no files
 */
export async function filesPlace(
  { variables }: Environment,
  { dir, store }: GlobalOptions,
  ownDirectory: string | undefined,
): Promise<FilesPlace> {
  if (store !== undefined) {
    if (dir !== undefined) throw new CliError('CLI-USAGE-001', 'Either --dir or --store, not both')
    refuseSecret(store)
    return placeOfUrl(store, '--store')
  }
  const directory = dir ?? given(variables, 'HOLDFAST_DIR') ?? ownDirectory
  if (directory === '') throw noPlace()
  if (directory !== undefined) return { directory, shown: directory, options: undefined }
  return await placeOfEnvironment(variables)
}

async function placeOfEnvironment(variables: Environment['variables']): Promise<FilesPlace> {
  const url = given(variables, 'HOLDFAST_STORE')
  const file = given(variables, 'HOLDFAST_STORE_FILE')
  if (url !== undefined && file !== undefined)
    throw new CliError(
      'CLI-USAGE-001',
      'Environment variables HOLDFAST_STORE and HOLDFAST_STORE_FILE both name the store: set one',
    )
  if (url !== undefined) return placeOfUrl(url, 'HOLDFAST_STORE')
  if (file === undefined) throw noPlace()
  const name = 'HOLDFAST_STORE_FILE'
  return placeOfUrl(await readSecretFile(file, `Environment variable ${name}`), name)
}

/** An empty variable counts as not set. */
function given(variables: Environment['variables'], name: string): string | undefined {
  const value = variables[name]
  return value === '' ? undefined : value
}

function noPlace(): CliError {
  return new CliError(
    'CLI-USAGE-001',
    'No storage directory given: pass --dir DIRECTORY or set HOLDFAST_DIR or LOCAL_STORAGE_PATH, or name a store by --store URL or HOLDFAST_STORE',
  )
}

/** @param name the flag or variable, for messages */
function placeOfUrl(url: string, name: string): FilesPlace {
  const { target, rest } = placeOf(storageConfigOf(url, name), name)
  const place = {
    shown: target.shown,
    directory: target.scheme === 'file' ? target.path : undefined,
  }
  const options = optionsOf(target)
  const { settings } = settingsOf(rest, SETTINGS, `the URL of ${name}`)
  return { ...place, options: { ...settings, ...options } }
}

/** They are the place itself, have a flag of their own, or are objects. */
const NOT_IN_A_URL = new Set([
  'backend',
  'storageDir',
  's3BucketName',
  'gcsBucketName',
  'cloudPrefix',
  'create',
  'readOnly',
  'adopt',
  'repairJournal',
  'nativeBinding',
  'encryptionOldKeys',
  'retry',
])
const SETTINGS = FILE_STORAGE_OPTION_NAMES.filter((name) => !NOT_IN_A_URL.has(name))

function optionsOf(target: StoreTarget): FileStorageOptions {
  switch (target.scheme) {
    case 'file':
      return { backend: 'local' }
    case 'memory':
      return { backend: 'memory' }
    case 's3':
      return { backend: 'cloud', s3BucketName: target.bucket, cloudPrefix: target.prefix }
    case 'gs':
      return { backend: 'cloud', gcsBucketName: target.bucket, cloudPrefix: target.prefix }
    case 'sqlite':
    case 'postgres':
      throw new CliError(
        'CLI-USAGE-001',
        `The store ${target.shown} holds no files, only versions: name one that does, such as file:DIRECTORY, s3://BUCKET/PREFIX or gs://BUCKET/PREFIX, with --dir or --store`,
        { context: { capability: 'files', store: target.shown } },
      )
  }
}
