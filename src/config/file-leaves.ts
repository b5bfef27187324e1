import { isAbsolute, join } from 'node:path'
import { wrongArgument } from '../base/misuse.js'
import { warnDeprecated } from '../base/this-process.js'
import type { Leaf } from './config-environment.js'
import { describeOutdated, modernised, outdatedForms, type OutdatedForm } from './deprecated.js'
import { partialConfigSchema, type PartialConfig } from './env-config.js'
import { snakeCased } from './keys.js'
import { readSecretFile } from './secret-files.js'
import { storageConfigOf } from './storage-config.js'
import { strictlyParsed } from './strict.js'

/** Forms of which this process has warned: once is enough. */
const warned = new Set<string>()

/**
 * What a whole configuration says, value by value. Warns of forms of earlier releases, once for each source.
 *
 * @param source the path of the file, or a name of the object
 * @param directory where relative paths of it begin; undefined leaves them as they are
 * @throws TypeError that names the source and the wrong key
 */
export async function leavesOfConfig(
  given: unknown,
  source: string,
  directory: string | undefined,
): Promise<readonly Leaf[]> {
  const forms = outdatedForms(given, source)
  const config = strictlyParsed(
    partialConfigSchema,
    withStoreOfUrl(modernised(given, forms), source),
    '',
    source,
  )
  warnOf(forms, source)
  return await leavesOf(config, source, directory)
}

function warnOf(forms: readonly OutdatedForm[], source: string): void {
  for (const form of forms) {
    const message = `${source}: ${describeOutdated(form)} ("holdfast config migrate" rewrites the file)`
    if (warned.has(message)) continue
    warned.add(message)
    warnDeprecated(message, form.code)
  }
}

/** `optimizer.storage` may be a store URL. */
function withStoreOfUrl(given: unknown, source: string): unknown {
  const { optimizer } = (given ?? {}) as { readonly optimizer?: unknown }
  const { storage } = (optimizer ?? {}) as { readonly storage?: unknown }
  if (typeof storage !== 'string') return given
  const place = `${source}: optimizer.storage`
  return {
    ...(given as object),
    optimizer: { ...(optimizer as object), storage: storageConfigOf(storage, place) },
  }
}

async function leavesOf(
  { io_paths = {}, dify = {}, optimizer = {} }: PartialConfig,
  source: string,
  directory: string | undefined,
): Promise<readonly Leaf[]> {
  const { storage = {}, optimization = {} } = optimizer
  const at = (path: string): string => absolute(path, directory)
  const leaf = (path: readonly string[], value: unknown): Leaf => ({ path, value, name: source })
  const secrets = await authOf(dify.auth ?? {}, source, at)
  const settings = Object.entries(settingsOnce(storage.config ?? {}, source))
  return [
    ...Object.entries(io_paths).map(([key, path]) => leaf(['io_paths', key], at(path))),
    ...Object.entries(secrets).map(([key, value]) => leaf(['dify', 'auth', key], value)),
    ...(storage.backend === undefined
      ? []
      : [leaf(['optimizer', 'storage', 'backend'], storage.backend)]),
    ...settings.map(([key, value]) =>
      leaf(['optimizer', 'storage', 'config', key], pathValue(key, value, at)),
    ),
    ...Object.entries(optimization).map(([key, value]) =>
      leaf(['optimizer', 'optimization', key], value),
    ),
  ]
}

/** One spelling for all sources, so that a later one replaces the same setting of an earlier one. */
function settingsOnce(
  config: Readonly<Record<string, unknown>>,
  source: string,
): Readonly<Record<string, unknown>> {
  const settings: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(config)) {
    const name = snakeCased(key)
    if (Object.hasOwn(settings, name))
      throw wrongArgument(
        `${source}: Keys "${name}" and "${key}" of optimizer.storage.config are one setting in two spellings: give one of them`,
      )
    Object.defineProperty(settings, name, { value, enumerable: true })
  }
  return settings
}

/** Each `NAME_file` is replaced by NAME with the content of that file: all of `auth` is secret. */
async function authOf(
  auth: Readonly<Record<string, string>>,
  source: string,
  at: (path: string) => string,
): Promise<Readonly<Record<string, string>>> {
  const whole: Record<string, string> = {}
  for (const [key, value] of Object.entries(auth)) {
    const name = key.replace(/_file$/, '')
    if (name !== key && Object.hasOwn(auth, name))
      throw wrongArgument(
        `${source}: Keys "${name}" and "${key}" of dify.auth are one secret: give one of them`,
      )
    const content =
      name === key ? value : await readSecretFile(at(value), `${source}: Key "${key}" of dify.auth`)
    Object.defineProperty(whole, name, { value: content, enumerable: true })
  }
  return whole
}

/** Relative paths of a file begin at its directory: the file may be found from any directory below it. */
function pathValue(key: string, value: unknown, at: (path: string) => string): unknown {
  if (typeof value !== 'string') return value
  const isDirectory = key === 'storage_dir' || key === 'cache_dir'
  if (isDirectory || key.endsWith('_file') || key.endsWith('_path')) return at(value)
  const [, path] = key === 'url' ? (/^sqlite:(?!\/\/)(.+)$/i.exec(value) ?? []) : []
  return path === undefined ? value : `sqlite:${at(path)}`
}

function absolute(path: string, directory: string | undefined): string {
  return directory === undefined || path === '' || isAbsolute(path) ? path : join(directory, path)
}
