import { publish } from '../base/channels.js'
import { option, type OptionTable } from '../base/option-table.js'
import { flag, integer, text } from '../base/options.js'
import { warnProcess } from '../base/this-process.js'

/** Options that configurations have, but that have no effect yet: accepted with a warning. */
export interface IdleOptions {
  readonly enableMetrics?: boolean | undefined
  readonly metricsPort?: number | undefined
  readonly logLevel?: string | undefined
  readonly enableTracing?: boolean | undefined
  readonly tracingEndpoint?: string | undefined
}

export const IDLE_OPTIONS: OptionTable<IdleOptions> = {
  enableMetrics: option(undefined, flag),
  metricsPort: option(undefined, integer(0, 65_535)),
  logLevel: option(undefined, text),
  enableTracing: option(undefined, flag),
  tracingEndpoint: option(undefined, text),
}

/** Options that this process has warned of on standard error: once is enough there. */
const warned = new Set<string>()

/**
 * Warns of options that have no effect: a `holdfast:warning` each time, a warning of the process once for each.
 * @param nameOf how the caller has spelled them
 */
export function warnOfIdleOptions(
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
