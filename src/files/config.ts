import { publish } from '../base/channels.js'
import { wrongArgument } from '../base/misuse.js'
import { resolveOptions, type NameOf } from '../base/option-table.js'
import { warnProcess } from '../base/this-process.js'
import { checkTogether } from '../engine/directory-options.js'
import {
  FILE_STORAGE_OPTIONS,
  IDLE_OPTIONS,
  type FileStorageOptions,
  type IdleOptions,
  type ResolvedFileStorageOptions,
} from './file-storage-options.js'
import { isVersionKeeper } from './kept.js'
import { HAS_ZSTD } from './pipeline/compress.js'
import { fromSeedConfig, type SeedFileStorageConfig } from './seed-config.js'

/**
 * The options of `FileStorage.open`. The earlier snake_case keys, such as `local_storage_path`, mean the same; one
 * option in both spellings is a `TypeError`.
 */
export interface FileStorageConfig extends FileStorageOptions, SeedFileStorageConfig {}

/**
 * Every default, once. Warns of options that have no effect.
 *
 * @throws TypeError or RangeError naming the key, as it was spelled, that is unknown or whose value is wrong
 */
export function resolveFileStorageConfig(given?: FileStorageConfig): ResolvedFileStorageOptions {
  const { options, nameOf } = fromSeedConfig(given, 'FileStorage.open')
  const config = resolveOptions(FILE_STORAGE_OPTIONS, options, nameOf)
  checkTogether(config, nameOf)
  if (config.readOnly) checkReadOnly(config, nameOf)
  checkPipeline(config, nameOf)
  checkVersions(config, nameOf)
  warnOfIdleOptions(config, nameOf)
  return Object.freeze(config)
}

function checkReadOnly(config: ResolvedFileStorageOptions, nameOf: NameOf): void {
  const bucket = config.gcsBucketName ?? config.s3BucketName
  if (config.backend === 'cloud' || (config.backend === 'auto' && bucket !== undefined))
    throw wrongArgument(
      `Option "${nameOf('readOnly')}": true is for a local store: name no bucket, or set "backend": 'local'`,
    )
}

function checkVersions(config: ResolvedFileStorageOptions, nameOf: NameOf): void {
  const { backend } = config
  if ((config.keepVersions ?? 0) > 0 && typeof backend === 'object' && !isVersionKeeper(backend))
    throw wrongArgument(
      `Option "${nameOf('keepVersions')}" needs a backend that keeps versions (a VersionKeeper), and option "${nameOf('backend')}" is not one: leave it out`,
    )
  if (config.keepVersionsDays !== undefined && (config.keepVersions ?? 0) === 0)
    throw wrongArgument(
      `Option "${nameOf('keepVersionsDays')}" needs "${nameOf('keepVersions')}" of at least 1, the most versions of a key that are kept`,
    )
}

function checkPipeline(config: ResolvedFileStorageOptions, nameOf: NameOf): void {
  const needs = (option: string, other: string): TypeError =>
    wrongArgument(`Option "${nameOf(option)}" needs "${nameOf(other)}"`)
  if (config.enableEncryption && (config.encryptionKey ?? undefined) === undefined)
    throw needs('enableEncryption', 'encryptionKey')
  if (config.requireEncryption === true && !config.enableEncryption)
    throw needs('requireEncryption', 'enableEncryption')
  if (config.enableCompression && config.compression === 'zstd' && !HAS_ZSTD)
    throw wrongArgument('Option "compression" must be "gzip": zstd needs Node 22.15 or later')
}

/** Options that this process has warned of on standard error: once is enough there. */
const warned = new Set<string>()

/**
 * Warns of options that have no effect: a `holdfast:warning` each time, a warning of the process once for each.
 * @param nameOf how the caller has spelled them
 */
function warnOfIdleOptions(
  options: IdleOptions & { readonly storageDir: string },
  nameOf: (option: string) => string,
): void {
  const names = Object.keys(IDLE_OPTIONS) as (keyof IdleOptions)[]
  const given = names
    .filter((name) => options[name] !== undefined && options[name] !== false)
    .map(nameOf)
  if (given.length === 0) return
  const message = describe(given)
  const directory = options.storageDir
  publish('warning', () => ({ directory, code: 'option-without-effect', message }))
  const fresh = given.filter((key) => !warned.has(key))
  if (fresh.length === 0) return
  for (const key of fresh) warned.add(key)
  warnProcess(describe(fresh), 'HOLDFAST_OPTION_WITHOUT_EFFECT')
}

function describe(keys: readonly string[]): string {
  const names = keys.map((key) => `"${key}"`).join(', ')
  return `Accepted without effect: ${names}. Metrics, logs and traces come from the diagnostics channels`
}
