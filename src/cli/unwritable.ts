import { codeOf } from '../base/values.js'
import { CliError } from './errors.js'

/**
 * The error for a file of the user that cannot be written; other errors are returned unchanged.
 * @param what is not possible: `'written'`, or `'rewritten'` for a file that has to exist
 */
export function unwritable(file: string, error: unknown, what: 'written' | 'rewritten'): unknown {
  const errno = codeOf(error)
  if (errno === undefined || errno === 'CLI-INPUT-001') return error
  const reason = errno === 'ENOENT' ? MISSING[what] : (REASONS[errno] ?? errno)
  return new CliError('CLI-INPUT-001', `${file} cannot be ${what}: ${reason}`, {
    context: { file, errno },
    cause: error,
  })
}

const MISSING = {
  written: 'its directory does not exist',
  rewritten: 'there is no such file',
} as const

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENOSPC: 'no space is left',
}
