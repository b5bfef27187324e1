import { ARGUMENT_CODE, outOfRange, wrongArgument } from '../base/misuse.js'
import { rejectUnknown, shown } from '../base/options.js'
import { warnProcess } from '../base/this-process.js'
import { codeOf, isErrorNamed, toError } from '../base/values.js'
import type { VersionDocument } from '../versions/version-storage.js'
import type { VersionStore } from '../versions/version-store.js'
import type { StoreOptions } from './backends/backend.js'
import { backendOf } from './backends/backends.js'
import { camelCased, settingsOf, type NamedSettings } from './keys.js'
import { withSecretFiles } from './secret-files.js'
import {
  placeOf,
  resolveStorageConfig,
  storageConfigOf,
  type Placed,
  type ResolvedStorageConfig,
} from './storage-config.js'

const OPTION_NAMES = ['schema', 'schemaInfo', 'upgrade', 'create', 'readOnly']
const WHERE = 'createStorage'

/** As `createStorage`, for documents of any kind. */
export async function openConfigured(
  given: unknown,
  options: StoreOptions<VersionDocument> | undefined,
): Promise<VersionStore<VersionDocument>> {
  const config = configOf(given)
  rejectUnknown(options, OPTION_NAMES, WHERE)
  return await openStore(config, withoutUndefined(options ?? {}), 'config')
}

/**
 * Opens the store of a configuration.
 * @param where the place of its settings, for messages
 */
export async function openStore(
  config: ResolvedStorageConfig,
  options: StoreOptions<VersionDocument>,
  where: string,
): Promise<VersionStore<VersionDocument>> {
  return await openPlaced(await placedStore(config, where), options, where)
}

/** Where the store of a configuration is, and its settings, secrets of files included. */
export async function placedStore(
  { backend, config }: ResolvedStorageConfig,
  where: string,
): Promise<Placed> {
  if (backend === 'memory' && Object.keys(config).length > 0) {
    const keys = Object.keys(config).join(', ')
    warnProcess(
      `Settings without effect: ${keys}. Backend 'memory' has none`,
      'HOLDFAST_OPTION_WITHOUT_EFFECT',
    )
    return placeOf({ backend, config: {} }, where)
  }
  const secret = (name: string): boolean => SECRETS.includes(camelCased(name))
  return placeOf({ backend, config: await withSecretFiles(config, secret, where) }, where)
}

/** Opens a store whose place is known. */
export async function openPlaced(
  { target, rest }: Placed,
  options: StoreOptions<VersionDocument>,
  where: string,
): Promise<VersionStore<VersionDocument>> {
  const { settings: known, open } = await backendOf(target)
  const named = settingsOf(rest, known, where)
  try {
    return await open({ target, settings: named.settings, options })
  } catch (error) {
    throw inTermsOf(named, where, error)
  }
}

/** The settings that may be in a file of their own. */
const SECRETS = ['url', 'password', 's3AccessKeyId', 's3SecretAccessKey', 's3SessionToken']

function configOf(given: unknown): ResolvedStorageConfig {
  if (typeof given === 'string') return storageConfigOf(given)
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw wrongArgument(
      `${WHERE} needs a store URL or a configuration, got ${shown(given)}; for memory: {} or 'memory:'`,
    )
  return resolveStorageConfig(given, 'config')
}

function withoutUndefined(options: StoreOptions<VersionDocument>): StoreOptions<VersionDocument> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** The backend names its own option, which the configuration spells in another way. */
function inTermsOf({ settings, nameOf }: NamedSettings, where: string, error: unknown): unknown {
  if (codeOf(error) !== ARGUMENT_CODE) return error
  const { message } = toError(error)
  const [, option = ''] = /^Option "([^".]+)/.exec(message) ?? []
  if (!Object.hasOwn(settings, option)) return error
  const spelled = message.replace(`Option "${option}`, `Key "${where}.${nameOf(option)}`)
  const made = isErrorNamed(error, 'RangeError') ? outOfRange : wrongArgument
  return made(spelled, { cause: error })
}
