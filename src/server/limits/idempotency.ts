import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { ServerError } from '../server-error.js'

/** The answer to a request with a key, or that it is under way. */
interface Entry {
  /** Of what the request asks for: a key is for one request. */
  readonly asked: string
  readonly answer: Promise<Answer | undefined>
  readonly resolve: (answer: Answer | undefined) => void
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** How long an answer is kept, in ms. */
const KEPT_MS = 3_600_000
/** A key is a text that needs no more than this. */
const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * A change that comes again with its `Idempotency-Key` is not made again: it gets the answer of the first request, in this
 * process, for an hour. Answers that say that the outcome is not known, or that the request may be sent again, are not
 * kept.
 */
export function answerOnce(app: FastifyInstance, answersKept: number): void {
  const answers = new LRUCache<string, Entry>({ max: Math.max(1, answersKept), ttl: KEPT_MS })
  const own = new WeakMap<FastifyRequest, { readonly name: string; readonly entry: Entry }>()
  app.addHook('preHandler', async (request, reply) => {
    const name = nameOf(request)
    if (name === undefined || answersKept === 0) return
    const asked = askedBy(request)
    for (let known = answers.get(name); known !== undefined; known = answers.get(name)) {
      if (known.asked !== asked)
        throw new ServerError('HTTP-KEY-001', 'The Idempotency-Key was used for another request')
      const answer = await known.answer
      if (answer !== undefined)
        return await reply
          .code(answer.status)
          .header('idempotency-replayed', 'true')
          .header('content-type', 'application/json; charset=utf-8')
          .send(answer.body)
    }
    const entry = newEntry(asked)
    answers.set(name, entry)
    own.set(request, { name, entry })
  })
  app.addHook('onSend', async (request, reply, payload) => {
    await Promise.resolve()
    const found = own.get(request)
    if (found === undefined) return
    const isKept = typeof payload === 'string' && reply.statusCode < 500 && reply.statusCode !== 408
    if (!isKept) answers.delete(found.name)
    found.entry.resolve(isKept ? { status: reply.statusCode, body: payload } : undefined)
  })
  app.addHook('onResponse', async (request) => {
    await Promise.resolve()
    // Where nothing was sent: the others who wait try for themselves.
    own.get(request)?.entry.resolve(undefined)
  })
}

/** Of two clients, each has keys of its own. */
function nameOf({ headers, method, actor }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined || method === 'GET' || method === 'HEAD') return undefined
  if (typeof key !== 'string' || !KEY.test(key))
    throw new ServerError('HTTP-REQUEST-001', 'An Idempotency-Key has 1 to 255 ASCII characters')
  return JSON.stringify([actor.name ?? null, key])
}

function askedBy({ method, url, body }: FastifyRequest): string {
  return hash('sha256', JSON.stringify([method, url, body ?? null]))
}

function newEntry(asked: string): Entry {
  let resolve: Entry['resolve'] = () => undefined
  const answer = new Promise<Answer | undefined>((settle) => (resolve = settle))
  return { asked, answer, resolve }
}
