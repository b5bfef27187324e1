import { wrongArgument } from '../base/misuse.js'
import { checkConfigValue, FILE_STORAGE_CONFIG_KEYS } from './config.js'
import type { ResolvedFileStorageConfig } from './config.js'

/** Where a variable's name is not the key in capitals. */
const VARIABLES: Readonly<Record<string, string>> = {
  gcs_credentials_path: 'GOOGLE_APPLICATION_CREDENTIALS',
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
])
const PREFIX = 'HOLDFAST_'

/**
 * The configuration that environment variables state: `LOCAL_STORAGE_PATH`, `ENABLE_CACHE` and so on, as in the seeds,
 * each also with the prefix `HOLDFAST_`, which wins.
 *
 * @throws TypeError naming the variable whose value is wrong
 */
export function fileStorageConfigFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<ResolvedFileStorageConfig> {
  const config: Record<string, unknown> = {}
  for (const key of FILE_STORAGE_CONFIG_KEYS) {
    // Several keys are no text: they come from a program.
    if (key === 'encryption_old_keys') continue
    const bare = VARIABLES[key] ?? key.toUpperCase()
    const names = PREFIXED_ONLY.has(key) ? [PREFIX + bare] : [PREFIX + bare, bare]
    const name = names.find((each) => (environment[each] ?? '') !== '')
    if (name !== undefined) config[key] = parseVariable(name, environment[name] ?? '', key)
  }
  return config
}

function parseVariable(name: string, value: string, key: string): unknown {
  if (checkConfigValue(key, value) === undefined) return value
  const typed: unknown = /^(true|false)$/i.test(value) ? /^true$/i.test(value) : Number(value)
  const problem = checkConfigValue(key, typed)
  if (value.trim() !== '' && problem === undefined) return typed
  throw wrongArgument(`Environment variable "${name}" is wrong: ${problem}`)
}
