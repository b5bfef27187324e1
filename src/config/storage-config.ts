import { z } from 'zod'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { shortened, toError } from '../base/values.js'
import { BACKEND_NAMES, BACKEND_OF, type BackendName } from './backends/backends.js'
import { camelCased, snakeCased } from './keys.js'
import { strict, strictlyParsed } from './strict.js'
import { parseStoreUrl, type ServerTarget, type StoreTarget } from './store-url.js'

/** Which storage is used, and how: the shape of the seed documents. */
export interface StorageConfig {
  /** Default `'memory'`. */
  readonly backend?: BackendName | undefined
  /**
   * Settings of the backend, in snake_case or camelCase. `filesystem`: `storage_dir`, required, and the options of
   * `FileSystemStorage.open`. `database` and `objects`: `url`, required, and their options. `memory`: none.
   */
  readonly config?: Readonly<Record<string, unknown>> | undefined
}

/** As a StorageConfig, with every default. */
export interface ResolvedStorageConfig {
  readonly backend: BackendName
  readonly config: Readonly<Record<string, unknown>>
}

/** @throws in the words of the seed documents */
export const backendSchema: z.ZodType<BackendName> = z.enum(BACKEND_NAMES, {
  error: ({ input }) =>
    `Invalid backend ${typeof input === 'string' ? `'${shortened(input)}'` : shown(input)}. Must be one of: ${BACKEND_NAMES.join(', ')}`,
})

export const storageConfigSchema: z.ZodType<ResolvedStorageConfig> = strict({
  backend: backendSchema.default('memory'),
  config: z.record(z.string(), z.unknown()).default({}),
}).superRefine(({ backend, config }, context) => {
  const required = REQUIRED[backend]
  if (required === undefined || isGiven(config, required)) return
  const message = `${capitalised(backend)} backend missing required config: ${required}`
  context.addIssue({ code: 'custom', path: ['config'], message })
})

/** The setting that says where the store is. */
const REQUIRED: Readonly<Record<BackendName, string | undefined>> = {
  memory: undefined,
  filesystem: 'storage_dir',
  database: 'url',
  objects: 'url',
}

/** @throws TypeError that names the wrong or missing key */
export function resolveStorageConfig(
  given: unknown,
  where: string,
  source?: string,
): ResolvedStorageConfig {
  return strictlyParsed(storageConfigSchema, given, where, source)
}

/** Where the store is, and the other settings as they are spelled. */
export interface Placed {
  readonly target: StoreTarget
  readonly rest: Readonly<Record<string, unknown>>
}

/** @throws TypeError for a wrong place: its key and what was expected */
export function placeOf({ backend, config }: ResolvedStorageConfig, where: string): Placed {
  if (backend === 'memory') return { target: parseStoreUrl('memory:'), rest: config }
  const { storage_dir, storageDir, url, ...rest } = config
  if (backend === 'filesystem') {
    if (storage_dir !== undefined && storageDir !== undefined)
      throw wrongArgument(
        `Keys "storage_dir" and "storageDir" of ${where} are one setting in two spellings: give one of them`,
      )
    const path = text(storage_dir ?? storageDir, 'storage_dir', where)
    return {
      target: directoryTarget(path),
      rest: { ...rest, ...(url === undefined ? {} : { url }) },
    }
  }
  const { password, ...others } = rest
  const given = parseStoreUrl(text(url, 'url', where))
  const isPassword = given.scheme === 'postgres' && password !== undefined
  const target = isPassword ? withPassword(given, text(password, 'password', where), where) : given
  if (BACKEND_OF[target.scheme] !== backend)
    throw wrongArgument(
      `Key "url" of ${where} must be the URL of ${backend === 'database' ? 'a database' : 'a bucket'} for backend '${backend}', got '${target.shown}'`,
    )
  return { target, rest: { ...(isPassword ? others : rest), ...valuesOf(target.parameters) } }
}

/** The password of a configuration goes into the URL, where the driver expects it. */
function withPassword(target: ServerTarget, password: string, where: string): ServerTarget {
  const { url, shown: name, hasSecret } = target
  const [, begin, rest] = /^([^:]*:\/\/[^@/:]+)(@.*)$/s.exec(url) ?? []
  if (begin === undefined || rest === undefined)
    throw wrongArgument(
      hasSecret
        ? `Key "password" of ${where} and the URL '${name}' both give a password: give one of them`
        : `Key "password" of ${where} needs a user in the URL '${name}': write postgres://USER@HOST/DATABASE`,
    )
  const whole = `${begin}:${encodeURIComponent(password)}${rest}`
  return { ...target, url: whole, hasSecret: true }
}

/** A path as it is: no character of it has a meaning of its own. */
function directoryTarget(path: string): StoreTarget {
  return { scheme: 'file', path, shown: `file:${path}`, hasSecret: false, parameters: {} }
}

function text(given: unknown, key: string, where: string): string {
  if (typeof given === 'string' && given !== '' && !given.includes('\0')) return given
  const got = typeof given === 'string' ? shown(given) : typeof given
  throw wrongArgument(`Key "${key}" of ${where} must be a non-empty string without NUL, got ${got}`)
}

function isGiven(config: Readonly<Record<string, unknown>>, key: string): boolean {
  const spellings = [key, camelCased(key), `${key}_file`, camelCased(`${key}_file`)]
  return spellings.some((name) => config[name] !== undefined && config[name] !== null)
}

function capitalised(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

/**
 * The configuration that a store URL says.
 * @param source what it was read from, such as a variable
 * @throws TypeError for a wrong URL
 */
export function storageConfigOf(url: string, source?: string): ResolvedStorageConfig {
  const target = targetOf(url, source)
  const backend = BACKEND_OF[target.scheme]
  const { parameters } = target
  const place = REQUIRED[backend]
  const twin = Object.keys(parameters).find((name) => snakeCased(name) === place)
  if (twin !== undefined)
    throw wrongArgument(
      `${source === undefined ? '' : `${source}: `}Store URL '${target.shown}' is wrong: its parameter "${twin}" would name another place; leave it out`,
    )
  if (target.scheme === 'memory') return { backend, config: {} }
  if (target.scheme === 'file')
    return { backend, config: { storage_dir: target.path, ...valuesOf(parameters) } }
  const [bare = url] = target.scheme === 'postgres' ? [url] : url.split('?')
  return { backend, config: { url: bare, ...valuesOf(parameters) } }
}

/** Parameters of a URL are text: true, false and whole numbers are what they say. */
function valuesOf(parameters: Readonly<Record<string, string>>): Record<string, unknown> {
  const value = (given: string): unknown => {
    if (given === 'true' || given === 'false') return given === 'true'
    return /^\d{1,15}$/.test(given) ? Number(given) : given
  }
  return Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, value(text)]))
}

function targetOf(url: string, source: string | undefined): StoreTarget {
  try {
    return parseStoreUrl(url)
  } catch (cause) {
    if (source === undefined) throw cause
    throw wrongArgument(`${source}: ${toError(cause).message}`, { cause })
  }
}
