import { extname } from 'node:path'
import { TextDecoder } from 'node:util'
import { pathToFileURL } from 'node:url'
import { wrongArgument } from '../base/misuse.js'
import { effectiveUser } from '../base/this-process.js'
import { codeOf, isErrorNamed, toError } from '../base/values.js'
import { findUpwards, type FoundFile } from '../disk/find-upwards.js'
import { readInputFile } from '../disk/input-files.js'

/** The names of a configuration file that is looked for. */
export const CONFIG_NAMES = [
  'holdfast.config.yaml',
  'holdfast.config.json',
  'holdfast.config.ts',
] as const

/** Most bytes of a configuration. */
export const CONFIG_BYTES_MAX: number = 256 * 1024

/** Reads YAML: the command has a parser of its own. Rejects with an error whose message is the reason. */
export type ParseYaml = (text: string) => Promise<unknown>

/**
 * The configuration file of a directory, or of the nearest one above it that has one; undefined without any.
 *
 * @throws TypeError for two in one directory, and for one that another user owns: it could name a store of theirs, or
 *   run their program
 */
export async function findConfigFile(directory: string): Promise<string | undefined> {
  const [file, other] = await findUpwards(directory, CONFIG_NAMES)
  if (file === undefined) return undefined
  if (other !== undefined)
    throw wrongArgument(
      `There are two configuration files, ${file.path} and ${other.path}: remove one, or name one (--config, option "file")`,
    )
  if (isForeign(file))
    throw wrongArgument(
      `${file.path} belongs to another user (uid ${file.owner}): to use it all the same, name it (--config, option "file")`,
    )
  return file.path
}

function isForeign({ owner }: FoundFile): boolean {
  const user = effectiveUser()
  return user !== undefined && owner !== 0 && owner !== user
}

/**
 * The value that a configuration file holds: YAML, JSON, or the default export of a module.
 * @throws TypeError that names the file and why it cannot be read
 */
export async function readConfigFile(path: string, parseYaml: ParseYaml): Promise<unknown> {
  const extension = extname(path).toLowerCase()
  try {
    switch (extension) {
      case '.yaml':
      case '.yml':
        // An empty file sets nothing.
        return (await parseYaml(await readText(path))) ?? {}
      case '.json':
        return JSON.parse(await readText(path))
      case '.ts':
      case '.mts':
      case '.js':
      case '.mjs':
        return await importConfig(path)
      default:
        throw wrongArgument('its name must end with .yaml, .yml, .json, .ts, .mts, .js or .mjs')
    }
  } catch (cause) {
    const hint = isErrorNamed(cause, 'SyntaxError') ? (HINTS[extension] ?? '') : ''
    throw wrongArgument(`Configuration file ${path} cannot be read: ${reasonOf(cause)}${hint}`, {
      cause,
    })
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(
    await readInputFile(path, CONFIG_BYTES_MAX),
  )
}

async function importConfig(path: string): Promise<unknown> {
  const module = (await import(
    /* webpackIgnore: true */ /* @vite-ignore */ pathToFileURL(path).href
  )) as { readonly default?: unknown }
  if (module.default === undefined)
    throw wrongArgument('it has no default export: write "export default { … }"')
  return module.default
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EFBIG: `it is larger than ${CONFIG_BYTES_MAX} bytes`,
  ERR_MODULE_NOT_FOUND: 'it, or a module that it imports, does not exist',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
  ERR_UNKNOWN_FILE_EXTENSION:
    'this version of Node does not run TypeScript: Node 22.18 or later does, and so does a loader (NODE_OPTIONS="--import tsx" with tsx installed); or write it as .yaml, .json or .mjs',
}

/** Node takes the kind of a module from the package that it is in, unless the name says it. */
const HINTS: Readonly<Record<string, string>> = {
  '.ts': '; in a package that is not of "type": "module", name it .mts',
  '.js': '; in a package that is not of "type": "module", name it .mjs',
}

function reasonOf(cause: unknown): string {
  const code = codeOf(cause) ?? ''
  if (Object.hasOwn(REASONS, code)) return REASONS[code] ?? ''
  const { message } = toError(cause)
  return isErrorNamed(cause, 'SyntaxError') ? `it is not valid: ${message}` : message
}
