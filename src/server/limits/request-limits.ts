import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ServerError } from '../server-error.js'
import type { ResolvedServerOptions } from '../server-options.js'

/** The name of the header with the id of a request, which its answer has, too. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** The id that a client gave, if it can be in a log as it is, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers[REQUEST_ID_HEADER]
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID()
}

/** Makes the counters of requests, which the guard and `limitRequests` use. */
export async function countRequests(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, { global: false, cache: CLIENTS_KEPT })
}

/** Limits the requests of each client, wherever they lead. After the guard, which says who a client is. */
export function limitRequests(
  app: FastifyInstance,
  { requestsPerMinuteMax }: ResolvedServerOptions,
): void {
  if (requestsPerMinuteMax === 0) return
  const count = app.createRateLimit({
    max: requestsPerMinuteMax,
    timeWindow: MINUTE_MS,
    keyGenerator: clientOf,
  })
  app.addHook('onRequest', async (request) => {
    // Balancers ask for health, however busy the clients are.
    if (request.routeOptions.config.scope === 'none') return
    const limit = await count(request)
    if (!limit.isAllowed && limit.isExceeded)
      throw new ServerError(
        'HTTP-RATE-001',
        `More than ${requestsPerMinuteMax} requests in a minute: wait ${limit.ttlInSeconds} s`,
        { context: { retry_after_s: limit.ttlInSeconds } },
      )
  })
}

const MINUTE_MS = 60_000
/** How many clients are counted; the counts of others begin again. */
const CLIENTS_KEPT = 10_000

/** A token counts for itself, wherever it comes from; without tokens, an address does. */
function clientOf({ actor, ip }: FastifyRequest): string {
  const name = actor?.name
  return name === undefined ? ip : hash('sha256', name)
}
