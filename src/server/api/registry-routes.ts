import { z } from 'zod'
import type { PromptContent } from '../../versions/prompts/prompt.js'
import { compile } from '../../versions/registry/compile.js'
import { compose } from '../../versions/registry/compose.js'
import { formatReference } from '../../versions/registry/reference.js'
import type { ServerParts } from '../app.js'
import { ServerError } from '../server-error.js'
import { actingAs, given, mayMoveProtected } from './acting.js'
import type { Api } from './api-instance.js'
import { answerDocument } from './document-answer.js'
import { referenceOf } from './reference-of.js'
import {
  FAILURES,
  label,
  note,
  promptParams,
  limit,
  order,
  reference,
  document,
  json,
  text,
  nullable,
  deprecation,
} from './shapes.js'

const versionsQuery = z.strictObject({
  view: z.enum(['names', 'summaries', 'documents']).default('summaries'),
  limit: limit.default(100),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  order: order.default('ascending'),
})
const historyQuery = versionsQuery.omit({ view: true }).extend({
  order: order.default('descending'),
})
const referenceQuery = z.strictObject({ ref: reference.default('latest') })
const diffQuery = z.strictObject({ from: reference, to: reference })
const publishBody = z.strictObject({
  content: json.describe('{ text } or { messages, config }'),
  bump: z.enum(['major', 'minor', 'patch']).optional(),
  message: note.optional(),
  author: note.optional(),
  labels: z.array(label).max(100).optional(),
  parent: reference.nullable().optional(),
  tags: z.array(z.string().max(256)).max(100).optional(),
  metadata: json.optional(),
  allow_protected: z.boolean().optional(),
})
const renderBody = z.strictObject({
  ref: reference.default('latest'),
  values: json.default({}),
  allow_surplus: z.boolean().default(false),
})
const publishedAnswer = z.object({ document, created: z.boolean() })
const historyAnswer = z.object({
  versions: z.array(
    z.object({
      prompt_id: text,
      version: text,
      created_at: nullable,
      parent_version: nullable,
      message: nullable,
      author: nullable,
      labels: z.array(text),
      tags: z.array(text),
      deprecated: deprecation.nullable(),
    }),
  ),
})
const diffAnswer = json.describe('What changed: docs/registry.md')
const renderAnswer = z.object({
  prompt: json,
  version: text,
  included: z.array(z.object({ id: text, reference: text, version: text })),
})

type Registry = ServerParts['registry']

/** What a registry does: references, publishing, history, differences, rendering. */
export function serveRegistry(api: Api, { registry }: ServerParts): void {
  api.get(
    '/prompts/:id/resolve',
    {
      schema: {
        summary: 'The version that a reference names, with its checksum as ETag',
        params: promptParams,
        querystring: referenceQuery,
        response: { 200: document, ...FAILURES },
      },
    },
    async (request, reply) => {
      const { params, query } = request
      const document = await registry.get(params.id, referenceOf(query.ref))
      return await answerDocument(request, reply, document)
    },
  )

  api.get(
    '/prompts/:id/history',
    {
      schema: {
        summary: 'The versions with what is known of each, the newest first',
        params: promptParams,
        querystring: historyQuery,
        response: { 200: historyAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, query }) => ({ versions: await registry.history(id, query) }) as never,
  )

  api.get(
    '/prompts/:id/diff',
    {
      schema: {
        summary: 'What changed from one version to another',
        params: promptParams,
        querystring: diffQuery,
        response: { 200: diffAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, query: { from, to } }) =>
      (await registry.diff(id, referenceOf(from), referenceOf(to))) as never,
  )

  servePublish(api, registry)
  serveRender(api, registry)
}

function servePublish(api: Api, registry: Registry): void {
  api.post(
    '/prompts/:id/publish',
    {
      schema: {
        summary: 'Saves the next version, with the number that is chosen in the commit',
        description: 'Status 200 where the latest version has the same content',
        params: promptParams,
        body: publishBody,
        response: { 200: publishedAnswer, 201: publishedAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, body, actor }, reply) => {
      const { content, author, allow_protected: asked, parent, ...options } = body
      const published = await registry.publish(
        id,
        content as PromptContent,
        given({
          ...options,
          parent: typeof parent === 'string' ? referenceOf(parent) : parent,
          author: actingAs(actor, author),
          allowProtected: mayMoveProtected(actor, asked),
        }) as never,
      )
      const { created } = published
      return await reply.code(created ? 201 : 200).send({ document: published as never, created })
    },
  )
}

function serveRender(api: Api, registry: Registry): void {
  api.post(
    '/prompts/:id/render',
    {
      // Nothing is changed; the values may be too long for a path, and do not belong there.
      config: { scope: 'read' },
      schema: {
        summary: 'A prompt with what it includes, and values for its placeholders',
        params: promptParams,
        body: renderBody,
        response: { 200: renderAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, body: { ref, values, allow_surplus: allowSurplus } }) => {
      const version = await registry.get(id, referenceOf(ref))
      if (version === undefined)
        throw new ServerError('HTTP-NOTFOUND-001', 'There is no such version')
      const { document, included } = await compose(version, async (other, reference) => {
        const found = await registry.get(other, formatReference(reference))
        return found && { version: found.version, document: found }
      })
      const prompt = compile(document, values, { allowSurplus, stringify: true })
      return { prompt, version: version.version, included } as never
    },
  )
}
