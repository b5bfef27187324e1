import { wrongArgument } from '../base/misuse.js'
import { nearestName } from '../base/options.js'
import { shortened } from '../base/values.js'

/** @throws TypeError for a key that is not known, with the known one most like it */
export function unknownKey(key: string, known: readonly string[], where: string): string {
  const near = nearestName(key, known)
  const list = known.length === 0 ? 'it has no keys' : `known are ${known.join(', ')}`
  const hint = near === undefined ? list : `did you mean "${near}"?`
  return `Unknown key "${shortened(key)}" of ${where}; ${hint}`
}

/** `cacheSize` for `cache_size`. */
export function camelCased(key: string): string {
  return key.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase())
}

/** `cache_size` for `cacheSize`. */
export function snakeCased(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Settings under the names that the code has, and how the configuration has spelled them. */
export interface NamedSettings {
  readonly settings: Readonly<Record<string, unknown>>
  /** The spelling of a setting, or the one that would have been expected. */
  readonly nameOf: (setting: string) => string
}

/**
 * Settings that are spelled in snake_case, as in the seed documents, or in camelCase.
 *
 * @param known their names in camelCase
 * @throws TypeError for an unknown one, with the nearest known name, and for one in two spellings
 */
export function settingsOf(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): NamedSettings {
  const spelled = new Map<string, string>()
  const settings: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const name = camelCased(key)
    if (!known.includes(name)) {
      const isCamel = /[A-Z]/.test(key)
      throw wrongArgument(unknownKey(key, isCamel ? known : known.map(snakeCased), where))
    }
    const other = spelled.get(name)
    if (other !== undefined)
      throw wrongArgument(
        `Keys "${other}" and "${key}" of ${where} are one setting in two spellings: give one of them`,
      )
    spelled.set(name, key)
    settings[name] = camelCasedInside(value)
  }
  return { settings, nameOf: (setting) => spelled.get(setting) ?? snakeCased(setting) }
}

/** A setting with parts, such as `retry`. */
function camelCasedInside(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [camelCased(key), part]))
}
