import { mayDo, type Actor } from '../access/access-token.js'
import { ServerError } from '../server-error.js'

/**
 * The name that a change is recorded with: that of the token. Where clients have no names, the one that is given.
 * @throws ServerError HTTP-AUTH-002 for the name of another, unless the scope is `admin`
 */
export function actingAs(actor: Actor, given: string | undefined): string | undefined {
  const { name } = actor
  if (name === undefined || given === name) return given
  if (given === undefined) return name
  if (mayDo(actor, 'admin')) return given
  throw new ServerError(
    'HTTP-AUTH-002',
    'Only the scope admin may write in the name of others: leave the name out',
    { context: { scope: actor.scope, needed: 'admin' } },
  )
}

/** @throws ServerError HTTP-AUTH-002 for a protected label, unless the scope is `admin` */
export function mayMoveProtected(actor: Actor, asked: boolean | undefined): boolean {
  if (asked !== true) return false
  if (mayDo(actor, 'admin')) return true
  throw new ServerError('HTTP-AUTH-002', 'Protected labels move with the scope admin only', {
    context: { scope: actor.scope, needed: 'admin' },
  })
}

/** Without the fields that are undefined. */
export function given<Options extends object>(options: Options): Defined<Options> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<Options>
}

/** The same options, none of them undefined. */
export type Defined<Options> = { [Name in keyof Options]?: Exclude<Options[Name], undefined> }
