import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import type { ServerOptions as HttpsOptions } from 'node:https'
import type { FileStorage } from '../files/file-storage.js'
import { PromptRegistry } from '../versions/registry/prompt-registry.js'
import type { VersionStore } from '../versions/version-store.js'
import { AccessTokens } from './access/access-token.js'
import { guard } from './access/access-plugin.js'
import { checkExposure } from './access/exposure.js'
import { serveApi } from './api/api-plugin.js'
import { errorAnswer, isFault } from './error-answer.js'
import { serveEvents } from './events/serve-events.js'
import { serveHealth } from './health/health-routes.js'
import { nameMethods } from './limits/allowed-methods.js'
import { refuseBytes } from './limits/client-error.js'
import { answerOnce } from './limits/idempotency.js'
import {
  countRequests,
  limitRequests,
  REQUEST_ID_HEADER,
  requestIdOf,
} from './limits/request-limits.js'
import { serveLangfuse } from './langfuse/langfuse-plugin.js'
import { servePort } from './port/serve-port.js'
import { ServerError } from './server-error.js'
import {
  resolveServerOptions,
  type ResolvedServerOptions,
  type ServerOptions,
  type TlsOptions,
} from './server-options.js'
import type { ServerEvent } from './server-event.js'

/** What a server serves. It closes none of it. */
export interface Served {
  readonly storage: VersionStore
  /** Files beside the prompts. Default: none. */
  readonly files?: FileStorage | undefined
  readonly options?: ServerOptions | undefined
  /** Receives what happens, one event for each request. It must not throw. Default: nothing does. */
  readonly log?: ((event: ServerEvent) => void) | undefined
}

/** What each part of a server works with. */
export interface ServerParts {
  readonly storage: VersionStore
  readonly registry: PromptRegistry
  readonly files: FileStorage | undefined
  readonly options: ResolvedServerOptions
  readonly isClosing: () => boolean
}

/**
 * The server over a store, not yet listening.
 * @throws TypeError, RangeError for wrong options
 */
export async function buildServer(served: Served): Promise<FastifyInstance> {
  const { storage, files, log } = served
  const options = resolveServerOptions(served.options)
  const tokens = new AccessTokens(options.tokens)
  const registry = new PromptRegistry({ storage, protectedLabels: options.protectedLabels })
  const app = createApp(options)
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  answerErrors(app, log)
  nameMethods(app)
  app.addHook('onSend', async (_request, reply) => {
    await Promise.resolve()
    // The end of the server waits for its connections.
    if (closing) void reply.header('connection', 'close')
  })
  app.addHook('onRequest', async () => {
    await Promise.resolve()
    if (closing) throw new ServerError('HTTP-BUSY-001', 'The server is closing: try again')
  })
  await countRequests(app)
  guard(app, {
    tokens,
    asksCertificates: options.tls?.clientCa !== undefined,
    refusalsPerMinuteMax: options.refusalsPerMinuteMax,
  })
  limitRequests(app, options)
  const parts: ServerParts = { storage, registry, files, options, isClosing: () => closing }
  answerOnce(app, options.answersKept)
  serveHealth(app, parts)
  await serveLangfuse(app, parts)
  await serveApi(app, parts)
  serveEvents(app, parts)
  servePort(app, { storage, ...options })
  return app
}

/** Where a server listens. */
export interface Place {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/**
 * Listens, and returns the address as a URL.
 * @throws TypeError for a place that other machines reach without a secret; Error for one that cannot be taken
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: Place,
  options: ServerOptions = {},
): Promise<string> {
  checkExposure({
    host,
    hasTokens: (options.tokens ?? []).length > 0,
    asksCertificates: options.tls?.clientCa !== undefined,
  })
  return await app.listen({ host, port })
}

/** The largest part of a path: an id of 1024 bytes, each of which may be escaped. */
const PATH_PART_LENGTH_MAX = 4096

function createApp(options: ResolvedServerOptions): FastifyInstance {
  const { tls, headersTimeoutMs } = options
  const timeouts = {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, CHECK_MS),
  }
  const app = fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: options.requestTimeoutMs,
    handlerTimeout: options.handlerTimeoutMs,
    keepAliveTimeout: options.keepAliveMs,
    forceCloseConnections: 'idle',
    // Refused in the form of the other errors, see below.
    return503OnClosing: false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    routerOptions: { maxParamLength: PATH_PART_LENGTH_MAX },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    exposeHeadRoutes: true,
    clientErrorHandler: refuseBytes,
    frameworkErrors: (error, request, reply) => {
      const { status, body } = errorAnswer(error)
      const answer = reply as unknown as FastifyReply
      void answer.header(REQUEST_ID_HEADER, request.id).code(status).send(body)
    },
    // The kind of server is chosen by which of the two is there.
    ...(tls === undefined ? { http: timeouts } : { https: { ...timeouts, ...httpsOptions(tls) } }),
  }) as unknown as FastifyInstance
  // Text is not JSON, and a browser sends it for any site without asking.
  app.removeContentTypeParser('text/plain')
  app.server.maxConnections = options.connectionsMax
  return app
}

/** How often Node looks for requests that do not arrive. */
const CHECK_MS = 1000

function httpsOptions({ cert, key, clientCa }: TlsOptions): HttpsOptions {
  const pem = (part: string | Uint8Array): string | Buffer =>
    typeof part === 'string' ? part : Buffer.from(part)
  return {
    cert: pem(cert),
    key: pem(key),
    minVersion: 'TLSv1.2',
    ...(clientCa === undefined
      ? {}
      : { ca: pem(clientCa), requestCert: true, rejectUnauthorized: true }),
  }
}

/** Every failure is answered in one form, and logged in one place. */
function answerErrors(app: FastifyInstance, log: Served['log']): void {
  const codes = new WeakMap<FastifyRequest, string>()
  app.addHook('onRequest', async (request, reply) => {
    await Promise.resolve()
    void reply.header(REQUEST_ID_HEADER, request.id).header('x-content-type-options', 'nosniff')
  })
  app.setErrorHandler(async (error, request, reply) => {
    const answer = errorAnswer(error)
    const { code, context } = answer.body.error
    codes.set(request, code)
    if (isFault(error, answer)) log?.({ event: 'fault', id: request.id, code, cause: error })
    if (answer.status === 401) void reply.header('www-authenticate', 'Bearer, Basic')
    if (answer.status === 429 && typeof context['retry_after_s'] === 'number')
      void reply.header('retry-after', String(context['retry_after_s']))
    void reply.header('cache-control', 'no-store')
    return await reply.code(answer.status).send(answer.body)
  })
  app.addHook('onResponse', async (request, reply) => {
    await Promise.resolve()
    log?.({
      event: 'request',
      id: request.id,
      method: request.method,
      // The pattern: ids and references may be secrets.
      route: request.routeOptions.url ?? '',
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      actor: request.actor?.name ?? null,
      code: codes.get(request) ?? null,
    })
  })
}
