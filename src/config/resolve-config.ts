import { dirname, resolve } from 'node:path'
import { wrongArgument } from '../base/misuse.js'
import { rejectUnknown, stringOption } from '../base/options.js'
import { environmentVariables, workingDirectory } from '../base/this-process.js'
import { leavesOfEnvironment, urlLeaves, type Leaf } from './config-environment.js'
import { findConfigFile, readConfigFile, type ParseYaml } from './config-file.js'
import { OPTIMIZATION_DEFAULTS, type EnvConfig } from './env-config.js'
import { leavesOfConfig } from './file-leaves.js'
import { resolveStorageConfig } from './storage-config.js'
import { parseYamlText } from './yaml.js'

/** The kinds of sources, the strongest first. */
export type ConfigSource = 'flag' | 'environment' | 'file' | 'default'

/** What a value of the configuration comes from. */
export interface ConfigOrigin {
  readonly source: ConfigSource
  /** The flag or variable, or the path of the file; '' for a default. */
  readonly name: string
}

/** Where a configuration is looked for. */
export interface LoadConfigOptions {
  /** The configuration file. Default: HOLDFAST_CONFIG, else the nearest one in `directory` or above; false: none. */
  readonly file?: string | false | undefined
  /** Where the search begins. Default: the working directory. */
  readonly directory?: string | undefined
  /** Variables. Default: those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** A store URL that wins over all else. Default: none. */
  readonly store?: string | undefined
}

/** A configuration, and what each value comes from. */
export interface LoadedConfig {
  readonly config: EnvConfig
  /** By the keys that lead to the value, joined with a dot. */
  readonly origins: Readonly<Record<string, ConfigOrigin>>
  /** The configuration file that was read; undefined without any. */
  readonly file: string | undefined
}

/** What the command has besides: its own parser, and the names of its flags. */
export interface LoadingPlace {
  readonly parseYaml?: ParseYaml
  /** What `store` is called in messages. */
  readonly storeName?: string
  /** Leaves that flags give, beside `store`. */
  readonly flags?: readonly Leaf[]
}

const OPTION_NAMES = ['file', 'directory', 'environment', 'store']

/** As `loadConfig`. */
export async function resolveConfig(
  options: LoadConfigOptions = {},
  { parseYaml = parseYamlText, storeName = 'Option "store"', flags = [] }: LoadingPlace = {},
): Promise<LoadedConfig> {
  rejectUnknown(options, OPTION_NAMES, 'loadConfig')
  const environment = options.environment ?? environmentVariables()
  const file = await fileOf(options, environment)
  const given = file === undefined ? undefined : await readConfigFile(file, parseYaml)
  const values = new Values()
  if (file !== undefined) values.add('file', await leavesOfConfig(given, file, dirname(file)))
  values.add('environment', await leavesOfEnvironment(environment))
  const { store } = options
  values.add('flag', [...(store === undefined ? [] : urlLeaves(store, storeName)), ...flags])
  return { config: values.config(), origins: values.origins(), file }
}

/** The file that is named, or else found. */
async function fileOf(
  { file, directory }: LoadConfigOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (file === false) return undefined
  const named = file ?? environment['HOLDFAST_CONFIG']
  const start = stringOption('directory', directory ?? startOf())
  if (named !== undefined && named !== '') return resolve(start, stringOption('file', named))
  return await findConfigFile(start)
}

function startOf(): string {
  try {
    return workingDirectory()
  } catch (cause) {
    throw wrongArgument(
      'The working directory does not exist any more: change to another one, or name a configuration file by an absolute path',
      { cause },
    )
  }
}

interface Value {
  readonly value: unknown
  readonly origin: ConfigOrigin
}

const STORAGE = 'optimizer.storage.'
const SETTINGS = `${STORAGE}config.`

/** The values of the sources, from the weakest to the strongest. */
class Values {
  readonly #values = new Map<string, Value>()

  add(source: ConfigSource, leaves: readonly Leaf[]): void {
    // Another store: the settings of the one that it replaces are not meant for it.
    if (leaves.some(({ path }) => path.join('.') === `${STORAGE}backend`))
      for (const key of this.#values.keys()) if (key.startsWith(STORAGE)) this.#values.delete(key)
    for (const { path, value, name } of leaves)
      this.#values.set(path.join('.'), { value, origin: { source, name } })
  }

  /** @throws TypeError for a storage that lacks a setting */
  config(): EnvConfig {
    const storage = {
      backend: this.#values.get(`${STORAGE}backend`)?.value,
      config: this.#below(SETTINGS),
    }
    const source = this.#values.get(`${STORAGE}backend`)?.origin.name
    const named = this.#below('optimizer.optimization.')
    return {
      io_paths: this.#below('io_paths.') as EnvConfig['io_paths'],
      dify: { auth: this.#below('dify.auth.') as Record<string, string> },
      optimizer: {
        storage: resolveStorageConfig(storage, 'optimizer.storage', source),
        optimization: { ...OPTIMIZATION_DEFAULTS, ...named },
      },
    }
  }

  origins(): LoadedConfig['origins'] {
    const byDefault: ConfigOrigin = { source: 'default', name: '' }
    const defaults = Object.keys(OPTIMIZATION_DEFAULTS).map(
      (key) => `optimizer.optimization.${key}`,
    )
    return Object.fromEntries([
      ...[`${STORAGE}backend`, ...defaults].map((key) => [key, byDefault] as const),
      ...Array.from(this.#values, ([key, { origin }]) => [key, origin] as const),
    ])
  }

  #below(prefix: string): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Array.from(this.#values)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { value }]) => [key.slice(prefix.length), value]),
    )
  }
}
