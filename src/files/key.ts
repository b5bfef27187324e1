import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'

/** Longest key, in bytes of UTF-8: the limit of object stores. */
export const FILE_KEY_BYTES_MAX = 1024

/**
 * A key is a path of segments with `/` between them: a well-formed string of at most 1024 bytes of UTF-8, without NUL,
 * no segment empty, `.` or `..`.
 *
 * @throws TypeError saying what was expected and what was given
 */
export function checkFileKey(key: unknown, name = 'key'): asserts key is string {
  if (isFileKey(key)) return
  const expected = `a path of at most ${FILE_KEY_BYTES_MAX} bytes of UTF-8 without NUL, of segments that are not empty, "." or ".."`
  throw wrongArgument(`Argument "${name}" must be ${expected}, got ${shown(key)}`)
}

/** Whether a value can be a key. */
export function isFileKey(key: unknown): key is string {
  return (
    typeof key === 'string' &&
    !key.includes('\0') &&
    key.isWellFormed() &&
    Buffer.byteLength(key) <= FILE_KEY_BYTES_MAX &&
    key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  )
}

/** The order of listings: by the bytes of the key, as in object stores. UTF-16 orders some characters otherwise. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
