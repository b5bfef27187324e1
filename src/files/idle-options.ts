import { warnProcess } from '../base/this-process.js'
import { publish } from '../base/channels.js'
import type { ResolvedFileStorageConfig } from './config.js'

/** Keys that configurations have, and that nothing here honours yet. */
const IDLE_KEYS = [
  'enable_metrics',
  'metrics_port',
  'log_level',
  'enable_tracing',
  'tracing_endpoint',
] as const satisfies readonly (keyof ResolvedFileStorageConfig)[]

/** Keys that this process has warned of on standard error: once is enough there. */
const warned = new Set<string>()

/** Tells of keys that have no effect: a `holdfast:warning` each time, a warning of the process once for each key. */
export function warnOfIdleKeys(config: ResolvedFileStorageConfig): void {
  const given = IDLE_KEYS.filter((key) => config[key] !== undefined && config[key] !== false)
  if (given.length === 0) return
  const message = describe(given)
  const directory = config.local_storage_path
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
