import { CliError } from '../../errors.js'

/** The error for a key without a file. */
export function noFile(key: string): CliError {
  return new CliError('CLI-NOTFOUND-001', `There is no file ${key}`, { context: { key } })
}
