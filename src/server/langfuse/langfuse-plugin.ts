import type { FastifyInstance } from 'fastify'
import { VERSION } from '../../base/version.js'
import { shown } from '../../base/options.js'
import type { ServerParts } from '../app.js'
import { createPrompt } from './create-prompt.js'
import { deletePrompt } from './delete-prompt.js'
import { invalidRequest, langfuseAnswer, LangfuseRefusal, refuse } from './langfuse-error.js'
import { listPrompts } from './list-prompts.js'
import { LATEST, PROJECT_ID, promptAnswer } from './prompt-answer.js'
import { LangfusePrompts, notFound, numberOf } from './prompt-store.js'
import { createBody, fitting, labelsBody, listQuery, versionQuery } from './request-shapes.js'

const PROMPTS = '/api/public/v2/prompts'

/** Serves the paths of Langfuse that its clients read and publish prompts with. Access is that of the server. */
export async function serveLangfuse(app: FastifyInstance, parts: ServerParts): Promise<void> {
  await app.register(async (scope) => {
    await Promise.resolve()
    scope.setErrorHandler(async (error, _request, reply) => {
      const { status, body } = langfuseAnswer(error)
      if (status === 401) void reply.header('www-authenticate', 'Basic')
      return await reply.code(status).header('cache-control', 'no-store').send(body)
    })
    const prompts = new LangfusePrompts(parts.storage, parts.registry)
    serveReading(scope, prompts)
    serveWriting(scope, prompts, parts)
    serveOthers(scope)
  })
}

interface NameParams {
  readonly name: string
}

function serveReading(scope: FastifyInstance, prompts: LangfusePrompts): void {
  scope.get(PROMPTS, async ({ query }) => await listPrompts(prompts, fitting(listQuery, query)))

  scope.get<{ Params: NameParams }>(`${PROMPTS}/:name`, async ({ params: { name }, query }) => {
    const wanted = fitting(versionQuery, query)
    if (numberOf(wanted) !== undefined && wanted.label !== undefined)
      refuse(invalidRequest('Cannot specify both version and label'))
    const found = await prompts.require(name, wanted)
    if (wanted.resolve === 'false') return { ...promptAnswer(found), resolutionGraph: null }
    return await prompts.answer(found)
  })
}

function serveWriting(scope: FastifyInstance, prompts: LangfusePrompts, parts: ServerParts): void {
  const { readOnly, protectedLabels } = parts.options
  const requireWritable = (): void => {
    if (readOnly) refuse(new LangfuseRefusal(403, 'ForbiddenError', 'The server is read-only'))
  }

  scope.post(PROMPTS, async ({ body, actor }, reply) => {
    requireWritable()
    const given = fitting(createBody, body)
    const version = await createPrompt(prompts, given, actor.name)
    void reply.code(201)
    return promptAnswer(await prompts.require(given.name, { version }))
  })

  scope.patch<{ Params: NameParams & { readonly version: string } }>(
    `${PROMPTS}/:name/versions/:version`,
    async ({ params: { name, version: text }, body, actor }) => {
      requireWritable()
      const { newLabels } = fitting(labelsBody, body)
      if (!/^[1-9]\d{0,14}$/.test(text))
        refuse(invalidRequest(`The version must be an integer from 1, got ${shown(text)}`))
      if (newLabels.includes(LATEST)) refuse(invalidRequest(`Label '${LATEST}' is always assigned`))
      const version = Number(text)
      const found = await prompts.require(name, { version })
      const by = actor.name === undefined ? {} : { by: actor.name }
      await prompts.registry.transaction(async (tx) => {
        for (const label of new Set(newLabels))
          await tx.label(name, label, found.document.version, by)
      })
      return promptAnswer(
        (await prompts.find(name, { version })) ?? refuse(notFound(name, { version })),
      )
    },
  )

  scope.delete<{ Params: NameParams }>(
    `${PROMPTS}/:name`,
    async ({ params: { name }, query, actor }, reply) => {
      requireWritable()
      await deletePrompt(prompts, name, fitting(versionQuery, query), {
        protectedLabels,
        by: actor.name,
      })
      return await reply.code(204).send()
    },
  )
}

/** What clients ask beside prompts. */
function serveOthers(scope: FastifyInstance): void {
  scope.get('/api/public/health', { config: { scope: 'none' } }, async () =>
    Promise.resolve({ status: 'OK', version: VERSION }),
  )

  const organization = { id: PROJECT_ID, name: PROJECT_ID }
  scope.get('/api/public/projects', async () =>
    Promise.resolve({ data: [{ id: PROJECT_ID, name: PROJECT_ID, organization, metadata: {} }] }),
  )

  // Traces are not kept. A refusal would be sent again and again, and delay the end of each client.
  scope.post('/api/public/ingestion', { config: { scope: 'read' } }, async (_request, reply) => {
    void reply.code(207)
    return await Promise.resolve({ successes: [], errors: [] })
  })
}
