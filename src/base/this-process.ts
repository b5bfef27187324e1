import { emitWarning, env, geteuid, getuid } from 'node:process'
import { userInfo } from 'node:os'

/** The user that this process runs as: a name, or a number where it has no name, as in many containers. */
export function currentUser(): string {
  return nameOf(() => userInfo().username) ?? nameOf(() => getuid?.()) ?? 'unknown'
}

/** The number of the user whose rights count; undefined where users have none, as on Windows. */
export function effectiveUser(): number | undefined {
  return geteuid?.()
}

/** A warning of the process, which Node writes to standard error and `--no-warnings` turns off. */
export function warnProcess(message: string, code: string): void {
  emitWarning(message, { type: 'HoldfastWarning', code })
}

/** undefined: it is not set, or Deno does not let us ask. */
export function environmentVariable(name: string): string | undefined {
  return nameOf(() => env[name])
}

/** undefined: the user has no entry in the list of users, or Deno does not let us ask. */
function nameOf(ask: () => string | number | undefined): string | undefined {
  try {
    return ask()?.toString()
  } catch {
    return undefined
  }
}
