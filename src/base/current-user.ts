import { getuid } from 'node:process'
import { userInfo } from 'node:os'

/** The user that this process runs as: a name, or a number where it has no name, as in many containers. */
export function currentUser(): string {
  return nameOf(() => userInfo().username) ?? nameOf(() => getuid?.()) ?? 'unknown'
}

/** undefined: the user has no entry in the list of users, or Deno does not let us ask. */
function nameOf(ask: () => string | number | undefined): string | undefined {
  try {
    return ask()?.toString()
  } catch {
    return undefined
  }
}
