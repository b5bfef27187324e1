import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ServerError } from '../server-error.js'
import { mayDo, type AccessTokens, type Actor, type Scope } from './access-token.js'
import { isCrossSite, isLocalName } from './exposure.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** What the route needs; `none` for one that anyone may ask. Default: `read`, and `write` for all but GET and HEAD. */
    scope?: Scope | 'none'
  }
}

/** How the requests of a server are let in. */
export interface AccessRules {
  readonly tokens: AccessTokens
  /** Whether a client without a certificate that an authority has signed does not get as far as a request. */
  readonly asksCertificates: boolean
  /** Most refused tokens per minute of one address. */
  readonly refusalsPerMinuteMax: number
}

const UNKNOWN: Actor = Object.freeze({ name: undefined, scope: 'read' })
const LOCAL: Actor = Object.freeze({ name: undefined, scope: 'admin' })

/** Finds out who sends each request, and refuses those who may not. Needs the plugin of limits. */
export function guard(app: FastifyInstance, rules: AccessRules): void {
  const { tokens, asksCertificates, refusalsPerMinuteMax } = rules
  const refusals = app.createRateLimit({
    max: refusalsPerMinuteMax,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ ip }) => `refused ${ip}`,
  })
  const refuse = async (request: FastifyRequest): Promise<never> => {
    const limit = await refusals(request)
    if (!limit.isAllowed && limit.isExceeded) throw tooManyRefusals()
    throw new ServerError('HTTP-AUTH-001', 'A token is needed: Authorization: Bearer TOKEN')
  }
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request) => {
    const needed = scopeOf(request)
    request.actor = UNKNOWN
    if (tokens.isEmpty && !asksCertificates) {
      refuseOtherSites(request, needed)
      request.actor = LOCAL
      return
    }
    const limit = tokens.isEmpty ? undefined : await refusals(request, { increment: false })
    const isBlocked = limit !== undefined && !limit.isAllowed && limit.isExceeded
    if (isBlocked && needed !== 'none') throw tooManyRefusals()
    const found = tokens.isEmpty
      ? certified(request)
      : tokens.find(isBlocked ? undefined : request.headers.authorization)
    if (found !== undefined) request.actor = found
    if (needed === 'none') return
    if (found === undefined) return await refuse(request)
    if (!mayDo(found, needed))
      throw new ServerError(
        'HTTP-AUTH-002',
        `This needs the scope ${needed}; the token of ${found.name ?? 'this client'} has ${found.scope}`,
        { context: { scope: found.scope, needed } },
      )
  })
}

const MINUTE_MS = 60_000

/** The scope that the route of a request needs. */
function scopeOf({ method, routeOptions }: FastifyRequest): Scope | 'none' {
  const given = routeOptions.config.scope
  if (given !== undefined) return given
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? 'read' : 'write'
}

function refuseOtherSites({ headers, method }: FastifyRequest, needed: Scope | 'none'): void {
  if (needed === 'none') return
  if (!isLocalName(headers.host))
    throw new ServerError(
      'HTTP-HOST-001',
      'Without tokens, this server answers to 127.0.0.1, [::1] and localhost only',
    )
  if (isCrossSite(headers))
    throw new ServerError(
      'HTTP-HOST-001',
      `Without tokens, this server takes no ${method} from a page of another site`,
    )
}

/** The subject of a certificate is the name of its bearer. */
function certified({ raw }: FastifyRequest): Actor | undefined {
  const { socket } = raw
  if (!('getPeerCertificate' in socket)) return undefined
  const { authorized, getPeerCertificate } = socket as unknown as CertifiedSocket
  if (!authorized) return undefined
  const { subject } = getPeerCertificate.call(socket)
  return { name: subject?.CN ?? 'certificate', scope: 'admin' }
}

interface CertifiedSocket {
  readonly authorized: boolean
  readonly getPeerCertificate: () => { readonly subject?: { readonly CN?: string } }
}

function tooManyRefusals(): ServerError {
  return new ServerError(
    'HTTP-RATE-001',
    'Too many refused tokens from this address: wait a minute',
    { context: { retry_after_s: MINUTE_MS / 1000 } },
  )
}
