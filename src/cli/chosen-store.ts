import type { FileSystemStorageOptions } from '../versions/file-system/file-system-options.js'
import { fileBackend } from '../config/backends/file.js'
import { settingsOf } from '../config/keys.js'
import { placedStore } from '../config/open-configured.js'
import { resolveConfig, type LoadedConfig } from '../config/resolve-config.js'
import { parseStoreUrl, type PathTarget, type StoreTarget } from '../config/store-url.js'
import { yamlValue } from '../config/yaml.js'
import type { Environment } from './environment.js'
import { CliError } from './errors.js'
import type { GlobalOptions } from './global-options.js'

/** The store of a command, and its settings. */
export interface ChosenStore {
  readonly target: StoreTarget
  /** As they are spelled in the configuration. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** The place of settings, for messages. */
export const SETTINGS_PLACE = 'optimizer.storage.config'

/**
 * The store that `--dir` or `--store` names, else the environment, else the configuration file.
 * @throws CliError for none, and for two
 */
export async function chosenStore(
  environment: Environment,
  options: GlobalOptions,
): Promise<ChosenStore> {
  const { config, origins } = await configurationHere(environment, options, isNamed)
  if (origins['optimizer.storage.backend']?.source === 'default') throw noStore()
  const { target, rest } = await placedStore(config.optimizer.storage, SETTINGS_PLACE)
  return { target, settings: rest }
}

function noStore(): CliError {
  return new CliError(
    'CLI-USAGE-001',
    'No storage directory given: pass --dir DIRECTORY or set HOLDFAST_DIR, or name a store by --store URL, HOLDFAST_STORE or holdfast.config.yaml',
  )
}

/** A store that is named there is not looked for in a file, which may be of another place. */
function isNamed({ variables }: Environment, { dir, store }: GlobalOptions): boolean {
  const names = ['HOLDFAST_DIR', 'HOLDFAST_STORE', 'HOLDFAST_STORE_FILE']
  return [dir, store, ...names.map((name) => variables[name])].some((name) => (name ?? '') !== '')
}

/** The configuration of a command. @param skipsFile whether a file is read only where `--config` names it */
export async function configurationHere(
  environment: Environment,
  options: GlobalOptions,
  skipsFile: (environment: Environment, options: GlobalOptions) => boolean = () => false,
): Promise<LoadedConfig> {
  const { dir, store, config } = options
  if (dir !== undefined && store !== undefined)
    throw new CliError('CLI-USAGE-001', 'Either --dir or --store, not both')
  // An empty variable of the shell must not lead to another store.
  if (dir === '') throw noStore()
  if (store !== undefined) refuseSecret(store)
  const file = config ?? (skipsFile(environment, options) ? false : undefined)
  return await resolveConfig(
    { environment: environment.variables, file, store },
    { parseYaml: parseYamlHere, storeName: '--store', flags: directoryLeaves(dir) },
  )
}

function directoryLeaves(
  dir: string | undefined,
): readonly { readonly path: readonly string[]; readonly value: string; readonly name: string }[] {
  if (dir === undefined) return []
  return [
    { path: ['optimizer', 'storage', 'backend'], value: 'filesystem', name: '--dir' },
    { path: ['optimizer', 'storage', 'config', 'storage_dir'], value: dir, name: '--dir' },
  ]
}

/**
 * Other users see the arguments of a process, and the shell keeps them in its history.
 * @throws CliError for a URL with a password
 */
export function refuseSecret(url: string): void {
  const { hasSecret, shown } = parseStoreUrl(url)
  if (!hasSecret) return
  throw new CliError(
    'CLI-USAGE-001',
    `--store ${shown} contains a password, which other users of the machine can see: leave it out, and set HOLDFAST_STORE_PASSWORD or HOLDFAST_STORE_PASSWORD_FILE; or put the whole URL into HOLDFAST_STORE or a configuration file`,
  )
}

/** The command has its own parser of YAML. */
export async function parseYamlHere(text: string): Promise<unknown> {
  return yamlValue(text, await import('yaml'))
}

/**
 * The directory of a store of files.
 * @param what the capability that only such a store has, as the command is called
 * @throws CliError for a store of another kind
 */
export function directoryOf({ target }: ChosenStore, what: string): string {
  return fileTarget(target, what).path
}

function fileTarget(target: StoreTarget, what: string): PathTarget {
  if (target.scheme === 'file') return { ...target, scheme: 'file' }
  throw new CliError(
    'CLI-USAGE-001',
    `The store ${target.shown} cannot do this: "${what}" needs a store of files (--dir DIRECTORY, or --store file:DIRECTORY)`,
    { context: { capability: what, store: target.shown } },
  )
}

/** The options of `FileSystemStorage.open` that the configuration sets. */
export function directorySettings({ settings }: ChosenStore): Partial<FileSystemStorageOptions> {
  return settingsOf(settings, fileBackend.settings, SETTINGS_PLACE).settings
}
