import { userInfo } from 'node:os'
// As a whole: Windows has no `geteuid`, and a name that a module lacks cannot be imported.
import * as running from 'node:process'

/** The user that this process runs as: a name, or a number where it has no name, as in many containers. */
export function currentUser(): string {
  return nameOf(() => userInfo().username) ?? nameOf(() => running.getuid?.()) ?? 'unknown'
}

/** The number of the user whose rights count; undefined where users have none, as on Windows. */
export function effectiveUser(): number | undefined {
  return running.geteuid?.()
}

/** A warning of the process, which Node writes to standard error and `--no-warnings` turns off. */
export function warnProcess(message: string, code: string): void {
  running.emitWarning(message, { type: 'HoldfastWarning', code })
}

/** As `warnProcess`, for what a later release will refuse; `--no-deprecation` turns it off. */
export function warnDeprecated(message: string, code: string): void {
  running.emitWarning(message, { type: 'DeprecationWarning', code })
}

/** Every variable of the environment. */
export function environmentVariables(): Readonly<Record<string, string | undefined>> {
  return running.env
}

/** The directory that relative paths begin at. */
export function workingDirectory(): string {
  return running.cwd()
}

/** undefined if it is not set, or if Deno denies access. */
export function environmentVariable(name: string): string | undefined {
  return nameOf(() => running.env[name])
}

/** undefined if the user has no entry in the list of users, or if Deno denies access. */
function nameOf(ask: () => string | number | undefined): string | undefined {
  try {
    return ask()?.toString()
  } catch {
    return undefined
  }
}
