import { hash, timingSafeEqual } from 'node:crypto'
import { wrongArgument } from '../../base/misuse.js'
import { rejectUnknown, shown } from '../../base/options.js'
import { isRecord } from '../../base/values.js'

/**
 * What a client may do: `read`; `write`, which includes versions, labels and files; `admin`, which includes emptying the
 * store and writing in the name of others. Each includes those before it.
 */
export const SCOPES = ['read', 'write', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** A token that the server accepts. */
export interface AccessToken {
  /** Who its bearer is: the `by` and `author` of what is written with it. */
  readonly name: string
  /** Default: `read`. */
  readonly scope?: Scope
  /** At least 16 characters. Either this or `sha256`. */
  readonly secret?: string
  /** The SHA-256 of the secret in hex, for a file that does not contain it. */
  readonly sha256?: string
  /** The user of Basic authentication, such as the public key of a Langfuse client. Default: the name. */
  readonly public_key?: string
}

/** Who sends a request. */
export interface Actor {
  /** Undefined where clients do not need to say so. */
  readonly name: string | undefined
  readonly scope: Scope
}

/** Whether an actor may do what needs this scope. */
export function mayDo({ scope }: Actor, needed: Scope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(needed)
}

interface KnownToken extends Actor {
  readonly name: string
  readonly digest: Buffer
  readonly user: string
}

/** The tokens of a server. They are compared by their digests, all of them each time, in constant time. */
export class AccessTokens {
  readonly #known: readonly KnownToken[]

  /** @throws TypeError naming the token and the field that is wrong; the secret is never quoted */
  constructor(tokens: readonly AccessToken[]) {
    const given: unknown = tokens
    if (!Array.isArray(given))
      throw wrongArgument(`Option "tokens" must be an array, got ${shown(given)}`)
    this.#known = given.map((token: unknown, at) => knownToken(token, `tokens[${at}]`))
    for (const field of ['name', 'user'] as const) {
      const names = this.#known.map((token) => token[field])
      const twice = names.find((name, at) => names.indexOf(name) !== at)
      if (twice !== undefined)
        throw wrongArgument(`Option "tokens" must have each name once, got ${shown(twice)} twice`)
    }
  }

  get isEmpty(): boolean {
    return this.#known.length === 0
  }

  /** The actor of an `Authorization` header; undefined for one that names none. */
  find(authorization: string | undefined): Actor | undefined {
    const credentials = credentialsOf(authorization)
    if (credentials === undefined) return undefined
    const digest = Buffer.from(hash('sha256', credentials.secret), 'hex')
    let found: KnownToken | undefined
    for (const token of this.#known) {
      const isUser = credentials.user === undefined || credentials.user === token.user
      // No early end: the time says nothing of how far a secret was right.
      if (timingSafeEqual(digest, token.digest) && isUser) found = token
    }
    return found && { name: found.name, scope: found.scope }
  }
}

interface Credentials {
  readonly user: string | undefined
  readonly secret: string
}

/** Longest header that is looked at, in UTF-16 units. */
const HEADER_LENGTH_MAX = 4096

/** `Bearer SECRET`, or `Basic` with base64 of `USER:SECRET` (RFC 6750, RFC 7617). */
function credentialsOf(header: string | undefined): Credentials | undefined {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return undefined
  const [, scheme = '', value = ''] = /^(\w+) +([\w.~+/=-]+)$/.exec(header) ?? []
  if (scheme.toLowerCase() === 'bearer') return { user: undefined, secret: value }
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : { user: pair.slice(0, colon), secret: pair.slice(colon + 1) }
}

const FIELDS = ['name', 'scope', 'secret', 'sha256', 'public_key']
/** Fewest characters of a secret: 16 of base64 are 96 bits. */
const SECRET_LENGTH_MIN = 16

function knownToken(token: unknown, where: string): KnownToken {
  if (!isRecord(token)) throw wrongArgument(`Option "${where}" must be an object`)
  rejectUnknown(token, FIELDS, where)
  const { name, scope = 'read', secret, sha256, public_key: user = name } = token
  if (typeof name !== 'string' || !/^[^\p{Cc}:]{1,128}$/u.test(name))
    throw wrongArgument(
      `Option "${where}.name" must be text of 1 to 128 characters without a colon, got ${shown(name)}`,
    )
  const known = SCOPES.find((each) => each === scope)
  if (known === undefined)
    throw wrongArgument(
      `Option "${where}.scope" must be one of ${SCOPES.join(', ')}, got ${shown(scope)}`,
    )
  if (typeof user !== 'string' || user === '' || user.includes(':'))
    throw wrongArgument(`Option "${where}.public_key" must be text without a colon`)
  return { name, scope: known, user, digest: digestOf(secret, sha256, where) }
}

function digestOf(secret: unknown, sha256: unknown, where: string): Buffer {
  if ((secret === undefined) === (sha256 === undefined))
    throw wrongArgument(`Option "${where}" must have either "secret" or "sha256"`)
  if (sha256 !== undefined) {
    if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256))
      return Buffer.from(sha256, 'hex')
    throw wrongArgument(`Option "${where}.sha256" must be 64 hex digits`)
  }
  // What a header can carry as one token.
  if (
    typeof secret === 'string' &&
    secret.length >= SECRET_LENGTH_MIN &&
    /^[\w.~+/=-]+$/.test(secret)
  )
    return Buffer.from(hash('sha256', secret), 'hex')
  throw wrongArgument(
    `Option "${where}.secret" must have at least ${SECRET_LENGTH_MIN} characters out of A-Z a-z 0-9 - . _ ~ + / =`,
  )
}
