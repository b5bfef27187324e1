import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { StorageError } from '../../base/errors.js'
import { checkPromptId } from '../../document/prompt-id.js'
import { checkVersion, STORED_VERSIONS } from '../../document/version-number.js'
import type { VersionStore } from '../../versions/version-store.js'
import { PORT_OPERATIONS, portPath, DOCUMENT_PATH, type PortOperation } from '../../wire/paths.js'
import type { PortRequests } from '../../wire/store-port.js'
import { mayDo, type Actor, type Scope } from '../access/access-token.js'
import { ServerError } from '../server-error.js'
import { PORT_REQUESTS } from './port-requests.js'
import { StorePort, type PortAuthor } from './store-port.js'
import { etagOf } from './wire-documents.js'

/** What the port is served over. */
export interface PortParts {
  readonly storage: VersionStore
  /** Labels that only administrators move, with a reason. */
  readonly protectedLabels: readonly string[]
  /** Whether changes are refused. */
  readonly readOnly: boolean
}

/** What an operation needs. Copies write in the name of others, and past the history. */
const SCOPE_OF: Readonly<Record<PortOperation, Scope>> = {
  info: 'read',
  ids: 'read',
  names: 'read',
  head: 'read',
  past: 'read',
  views: 'read',
  documents: 'read',
  insert: 'write',
  commit: 'write',
  copy: 'admin',
  clear: 'admin',
  'know-since': 'admin',
}

/** Adds what `holdfast/client` asks to a server. */
export function servePort(
  app: FastifyInstance,
  { storage, protectedLabels, readOnly }: PortParts,
): void {
  const port = new StorePort(storage, protectedLabels)
  for (const operation of PORT_OPERATIONS)
    app.post(
      portPath(operation),
      { config: { scope: SCOPE_OF[operation] } },
      async (request, reply) => {
        if (readOnly && SCOPE_OF[operation] !== 'read') throw isReadOnly()
        void reply.header('cache-control', 'no-store')
        return await reply.send(
          await answer(port, operation, request.body, authorOf(request.actor)),
        )
      },
    )
  app.get(
    DOCUMENT_PATH,
    { config: { scope: 'read' } },
    async (request, reply) => await sendDocument(port, request, reply),
  )
}

function isReadOnly(): StorageError {
  return new StorageError('FS-READONLY-001', 'The server is read-only: it takes no changes', {
    context: { reason: 'read_only' },
  })
}

async function answer(
  port: StorePort,
  operation: PortOperation,
  body: unknown,
  author: PortAuthor,
): Promise<unknown> {
  const { data, error } = PORT_REQUESTS[operation].safeParse(body)
  if (error !== undefined) {
    const [issue] = error.issues
    throw new ServerError(
      'HTTP-REQUEST-001',
      `The body of ${operation} does not fit: ${issue?.message ?? ''}`,
      { context: { field: issue?.path.join('.') ?? '' } },
    )
  }
  if (operation === 'commit') return await port.commit(data as PortRequests['commit'], author)
  if (operation === 'know-since') return await port.knowSince(data as PortRequests['know-since'])
  return await port[operation](data as never)
}

/** What an administrator writes, it may write in the name of others. */
function authorOf(actor: Actor): PortAuthor {
  const isAdmin = mayDo(actor, 'admin')
  return { name: isAdmin ? undefined : actor.name, mayMoveProtected: isAdmin }
}

async function sendDocument(
  port: StorePort,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { prompt_id: id, version } = request.query as Readonly<Record<string, unknown>>
  checkPromptId(id, 'prompt_id')
  checkVersion(version, STORED_VERSIONS)
  const document = await port.document(id, version)
  // A version may be deleted, and saved again with another content: each use needs a question.
  void reply.header('cache-control', 'private, no-cache')
  if (document === undefined)
    throw new ServerError('HTTP-NOTFOUND-001', `Version ${version} of this prompt does not exist`)
  const etag = etagOf(document)
  void reply.header('etag', etag)
  if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
  return await reply.send(document)
}
