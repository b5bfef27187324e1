import { TextDecoder } from 'node:util'
import { wrongArgument } from '../base/misuse.js'
import { codeOf, isErrorNamed } from '../base/values.js'
import { readInputFile } from '../disk/input-files.js'

/** Most bytes of a file that holds a secret. */
const SECRET_BYTES_MAX = 64 * 1024

const FILE_KEY = /_file$|File$/

/**
 * Settings in which each `NAME_file` of the given names is replaced by NAME with the content of that file, as in
 * containers, where secrets are files. A line end at the end of the file does not count.
 *
 * @throws TypeError for a file that cannot be read or is empty, and for a secret that is given both ways; its content is
 *   never shown
 */
export async function withSecretFiles(
  given: Readonly<Record<string, unknown>>,
  isSecret: (name: string) => boolean,
  where: string,
): Promise<Readonly<Record<string, unknown>>> {
  const whole: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    const name = key.replace(FILE_KEY, '')
    const isFile = name !== key && isSecret(name) && value !== undefined && value !== null
    if (isFile && given[name] !== undefined)
      throw wrongArgument(
        `Keys "${name}" and "${key}" of ${where} are one secret: give one of them`,
      )
    const content = isFile ? await secretOf(value, key, where) : value
    Object.defineProperty(whole, isFile ? name : key, { value: content, enumerable: true })
  }
  return whole
}

async function secretOf(path: unknown, key: string, where: string): Promise<string> {
  const what = `Key "${key}" of ${where}`
  if (typeof path !== 'string' || path === '')
    throw wrongArgument(`${what} must be the path of a file, got ${typeof path}`)
  return await readSecretFile(path, what)
}

/**
 * The content of a file that holds a secret, without the line end at its end.
 * @param what names the file in messages
 */
export async function readSecretFile(path: string, what: string): Promise<string> {
  const secret = (await readText(path, what)).replace(/\r?\n$/, '')
  if (secret.length === 0) throw wrongArgument(`${what}: the file ${path} is empty`)
  return secret
}

async function readText(path: string, what: string): Promise<string> {
  try {
    const bytes = await readInputFile(path, SECRET_BYTES_MAX)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined && !isErrorNamed(cause, 'TypeError')) throw cause
    const reason = REASONS[code ?? ''] ?? code ?? 'it is not UTF-8 text'
    throw wrongArgument(`${what}: the file ${path} cannot be read: ${reason}`, { cause })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  EFBIG: `it is larger than ${SECRET_BYTES_MAX} bytes`,
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
}
