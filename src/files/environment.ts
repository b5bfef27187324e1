import { wrongArgument } from '../base/misuse.js'
import { resolveOptions } from '../base/option-table.js'
import { toError } from '../base/values.js'
import {
  FILE_STORAGE_OPTION_NAMES,
  FILE_STORAGE_OPTIONS,
  type FileStorageOptions,
} from './file-storage-options.js'
import { fromSeedConfig, SEED_KEYS } from './seed-config.js'

/** Where a variable's name is not the key in capitals. */
const VARIABLES: Readonly<Record<string, string>> = {
  gcs_credentials_path: 'GOOGLE_APPLICATION_CREDENTIALS',
  keepVersions: 'KEEP_VERSIONS',
  keepVersionsDays: 'KEEP_VERSIONS_DAYS',
}
/** Keys that no bare variable sets: the names are too common. */
const PREFIXED_ONLY: ReadonlySet<string> = new Set([
  'backend',
  'create',
  'adopt',
  'repair_journal',
  'file_mode',
  'directory_mode',
  'disk',
  'durability',
  'retry_attempts',
  'retry_delay_ms',
  'retry_max_delay_ms',
  'compression',
  'log_level',
  'enable_metrics',
  'metrics_port',
  'enable_tracing',
  'tracing_endpoint',
  'on_conflict',
  'require_encryption',
  'encryption_key',
  'encryption_key_id',
  'keepVersions',
  'keepVersionsDays',
])
const PREFIX = 'HOLDFAST_'

/** Objects can be given by programs only. */
const NO_TEXT: ReadonlySet<string> = new Set(['encryption_old_keys', 'retry'])
/** Variables are named after the keys of the seed documents, and after options that came later. */
const KEYS: readonly string[] = [
  ...Object.keys(SEED_KEYS),
  ...FILE_STORAGE_OPTION_NAMES.filter((option) => option === option.toLowerCase()),
  'keepVersions',
  'keepVersionsDays',
].filter((key) => !NO_TEXT.has(key))

/**
 * The options that environment variables set: `LOCAL_STORAGE_PATH`, `ENABLE_CACHE` and so on, as in the seeds, each
 * also with the prefix `HOLDFAST_`, which wins.
 *
 * @throws TypeError naming the variable whose value is wrong
 */
export function fileStorageConfigFrom(
  environment: Readonly<Record<string, string | undefined>>,
): FileStorageOptions & { readonly storageDir?: string | undefined } {
  const config: Record<string, unknown> = {}
  for (const key of KEYS) {
    const bare = VARIABLES[key] ?? key.toUpperCase()
    const names = PREFIXED_ONLY.has(key) ? [PREFIX + bare] : [PREFIX + bare, bare]
    const name = names.find((each) => (environment[each] ?? '') !== '')
    if (name !== undefined) config[key] = parseVariable(name, environment[name] ?? '', key)
  }
  // Variables hold text.
  return fromSeedConfig(config, 'fileStorageConfigFrom').options as FileStorageOptions & {
    readonly storageDir?: string
  }
}

/** The text itself, or its meaning: true, false or a number. */
function parseVariable(name: string, value: string, key: string): unknown {
  const typed = /^(true|false)$/i.test(value) ? /^true$/i.test(value) : Number(value)
  const problem = problemOf(key, value)
  if (problem === undefined) return value
  if (value.trim() !== '' && problemOf(key, typed) === undefined) return typed
  throw wrongArgument(`Environment variable "${name}" is wrong: ${problem}`)
}

/** What is wrong with a value for a key, if anything. */
function problemOf(key: string, value: unknown): string | undefined {
  try {
    const { options, nameOf } = fromSeedConfig({ [key]: value }, 'fileStorageConfigFrom')
    resolveOptions(FILE_STORAGE_OPTIONS, options, nameOf)
    return undefined
  } catch (error) {
    return toError(error).message
  }
}
