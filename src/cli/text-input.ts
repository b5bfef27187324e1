import { TextDecoder } from 'node:util'
import { isErrorNamed } from '../base/values.js'
import { CliError } from './errors.js'
import { readInput } from './input.js'
import { announceWaiting, type Session } from './session.js'

/**
 * A text from a file of the user, or from standard input for `-`. It is not changed: a byte order mark stays.
 * @param what is read, for a person at the terminal: 'a text'
 * @throws CliError for a file that cannot be read or is not UTF-8
 */
export async function readText(session: Session, file: string, what: string): Promise<string> {
  await announceWaiting(session, file, what)
  const bytes = await readInput(session.environment, file)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new CliError('CLI-USAGE-001', `${file} is not UTF-8 text`, { context: { file }, cause })
  }
}

/** A JSON object from a file of the user. @throws CliError for anything else */
export async function readJsonObject(
  session: Session,
  file: string,
  what: string,
): Promise<Record<string, unknown>> {
  return parseJsonObject(await readText(session, file, what), file)
}

/** @param name of the file or option, for the error @throws CliError for anything but a JSON object */
export function parseJsonObject(text: string, name: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!isErrorNamed(error, 'SyntaxError')) throw error
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new CliError('CLI-USAGE-001', `${name} must be a JSON object`)
}
