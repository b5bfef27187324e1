import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { integerOption } from '../../base/options.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { EVENTS_PATH } from '../../wire/paths.js'
import { ServerError } from '../server-error.js'
import { ChangeLog, type Watched } from './change-log.js'
import { EventReader } from './event-reader.js'

/** What the stream of changes works with. */
export interface EventParts {
  readonly storage: Watched
  readonly options: {
    readonly eventStreamsMax: number
    readonly eventsKept: number
    readonly eventBytesMax: number
    readonly heartbeatMs: number
  }
}

/** The bounds of the heartbeats that a reader may ask for. */
const HEARTBEAT_MS = { min: 50, max: 60_000 }

/** Adds the stream of changes to a server: server-sent events, which end when the server closes. */
export function serveEvents(app: FastifyInstance, { storage, options }: EventParts): ChangeLog {
  const log = new ChangeLog(storage, options.eventsKept)
  const readers = new Set<EventReader>()
  app.addHook('preClose', async () => {
    for (const reader of readers) reader.end()
    await log.close()
  })
  // Taking the answer over ends the time limit of handlers, too.
  app.get(EVENTS_PATH, { config: { scope: 'read' } }, (request, reply) => {
    const { promptId, heartbeatMs } = queryOf(request, options.heartbeatMs)
    if (readers.size >= options.eventStreamsMax)
      throw new ServerError('HTTP-BUSY-001', 'There are as many streams of events as there may be')
    const lastEventId = request.headers['last-event-id']
    const response = begin(reply)
    const reader = new EventReader(response, {
      log,
      heartbeatMs,
      waitingBytesMax: options.eventBytesMax,
      promptId,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    })
    readers.add(reader)
    response.on('close', () => readers.delete(reader))
  })
  return log
}

function begin(reply: FastifyReply): FastifyReply['raw'] {
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies such as nginx would wait for more.
    'x-accel-buffering': 'no',
  })
  return reply.raw
}

function queryOf(
  { query }: FastifyRequest,
  heartbeatMs: number,
): { readonly promptId: string | undefined; readonly heartbeatMs: number } {
  const { prompt_id: promptId, heartbeat_ms: asked } = query as Readonly<Record<string, unknown>>
  if (promptId !== undefined) checkPromptId(promptId, 'prompt_id')
  const given = asked === undefined ? undefined : Number(asked)
  const rule = { ...HEARTBEAT_MS, default: heartbeatMs }
  return { promptId, heartbeatMs: integerOption('heartbeat_ms', given, rule) }
}
