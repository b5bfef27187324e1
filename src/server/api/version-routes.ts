import { z } from 'zod'
import { wrongArgument } from '../../base/misuse.js'
import { shown } from '../../base/options.js'
import type { VersionDocument } from '../../versions/version-storage.js'
import type { ServerParts } from '../app.js'
import type { Api } from './api-instance.js'
import { answerDocument, textOf } from './document-answer.js'
import {
  FAILURES,
  version,
  promptParams,
  versionParams,
  limit,
  order,
  document,
  text,
  nullable,
  deprecation,
} from './shapes.js'

const idsQuery = z.strictObject({
  prefix: z.string().optional().describe('How the ids begin'),
  after: z.string().min(1).optional().describe('The last id of the page before: its `next`'),
  limit: limit.default(100),
})
const versionsQuery = z.strictObject({
  view: z.enum(['names', 'summaries', 'documents']).default('summaries'),
  limit: limit.default(100),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  order: order.default('ascending'),
})
const versionQuery = z.strictObject({
  checksum: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional()
    .describe('Only this content, which may then be kept for good'),
})
const clearQuery = z.strictObject({ confirm: z.literal('all') })
const ifSame = z
  .enum(['refuse', 'accept'])
  .default('refuse')
  .describe('accept: a version that exists with the same content counts as saved')
const saveBody = z.strictObject({ document, if_same: ifSame })
const savesBody = z.strictObject({
  documents: z.array(document).min(1).max(1000),
  if_same: ifSame,
})
const deletionsBody = z.strictObject({ versions: z.array(version).min(1).max(1000) })
const idsAnswer = z.object({ prompt_ids: z.array(text), next: nullable })
const summary = z
  .object({
    version: text,
    created_at: text.optional(),
    saved_at: text.optional(),
    parent_version: nullable.optional(),
    author: text.optional(),
    message: text.optional(),
    score: z.number().optional(),
    size: z.number(),
    labels: z.array(text),
    tags: z.array(text),
    deprecated: deprecation.optional(),
  })
  .meta({ id: 'VersionSummary' })
const versionsAnswer = z.object({ versions: z.array(z.union([text, summary, document])) })
const savedAnswer = z.object({ prompt_id: text, version: text, checksum: text })
const savesAnswer = z.object({ versions: z.array(savedAnswer) })
const deletedAnswer = z.object({ deleted: z.boolean() })
const deletionsAnswer = z.object({ deleted: z.array(text) })
const clearedAnswer = z.object({ cleared: z.literal(true) })

/** Prompts and their versions. */
export function serveVersions(api: Api, { storage }: ServerParts): void {
  api.get(
    '/prompts',
    {
      schema: {
        summary: 'The ids of the prompts, sorted',
        querystring: idsQuery,
        response: { 200: idsAnswer, ...FAILURES },
      },
    },
    async ({ query: { prefix = '', after, limit } }) => {
      const found: string[] = []
      const options = { prefix, limit: limit + 1, ...(after === undefined ? {} : { after }) }
      for await (const id of storage.promptIds(options)) found.push(id)
      const page = found.slice(0, limit)
      return { prompt_ids: page, next: found.length > limit ? (page.at(-1) ?? null) : null }
    },
  )

  api.delete(
    '/prompts',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Removes every version of every prompt',
        querystring: clearQuery,
        response: { 200: clearedAnswer, ...FAILURES },
      },
    },
    async () => {
      await storage.clearAll()
      return { cleared: true as const }
    },
  )

  serveLists(api, storage)
  serveSaves(api, storage)
}

type Storage = ServerParts['storage']

function serveLists(api: Api, storage: Storage): void {
  api.get(
    '/prompts/:id/versions',
    {
      schema: {
        summary: 'The versions of a prompt, by precedence',
        params: promptParams,
        querystring: versionsQuery,
        response: { 200: versionsAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, query: { view, ...page } }) => {
      if (view === 'names') return { versions: [...(await storage.listVersionNames(id, page))] }
      const versions =
        view === 'summaries'
          ? await storage.listVersionSummaries(id, page)
          : await storage.listVersions(id, page)
      return { versions } as never
    },
  )

  api.get(
    '/prompts/:id/versions/:version',
    {
      schema: {
        summary: 'A version, with its checksum as ETag',
        params: versionParams,
        querystring: versionQuery,
        response: { 200: document, ...FAILURES },
      },
    },
    async (request, reply) => {
      const { id, version } = request.params
      const document = await storage.getVersion(id, version)
      return await answerDocument(request, reply, document, request.query.checksum)
    },
  )

  api.get(
    '/prompts/:id/latest',
    {
      schema: {
        summary: 'The highest version by precedence, pre-releases included',
        params: promptParams,
        response: { 200: document, ...FAILURES },
      },
    },
    async (request, reply) =>
      await answerDocument(request, reply, await storage.getLatestVersion(request.params.id)),
  )
}

function serveSaves(api: Api, storage: Storage): void {
  api.post(
    '/prompts/:id/versions',
    {
      schema: {
        summary: 'Saves a version with the number that it has',
        params: promptParams,
        body: saveBody,
        response: { 201: savedAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, body: { document, if_same: ifSame } }, reply) => {
      const named = { ...document, prompt_id: document.prompt_id ?? id }
      await storage.saveVersion(ofPrompt(id, named) as never, { ifSame })
      return await reply.code(201).send(await savedOf(storage, named))
    },
  )

  api.post(
    '/saves',
    {
      schema: {
        summary: 'Saves versions, all or nothing',
        body: savesBody,
        response: { 201: savesAnswer, ...FAILURES },
      },
    },
    async ({ body: { documents, if_same: ifSame } }, reply) => {
      await storage.saveVersions(documents as never, { ifSame })
      const versions = []
      for (const document of documents) versions.push(await savedOf(storage, document))
      return await reply.code(201).send({ versions })
    },
  )

  api.delete(
    '/prompts/:id/versions/:version',
    {
      schema: {
        summary: 'Deletes a version; into the trash where the store has one',
        params: versionParams,
        response: { 200: deletedAnswer, ...FAILURES },
      },
    },
    async ({ params: { id, version } }) => ({ deleted: await storage.deleteVersion(id, version) }),
  )

  api.post(
    '/prompts/:id/deletions',
    {
      schema: {
        summary: 'Deletes versions, all or nothing',
        params: promptParams,
        body: deletionsBody,
        response: { 200: deletionsAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, body: { versions } }) => ({
      deleted: [...(await storage.deleteVersions(id, versions))],
    }),
  )
}

/** @throws TypeError for a document of another prompt than that of the path */
function ofPrompt(id: string, document: VersionDocument): VersionDocument {
  if (document.prompt_id === id) return document
  throw wrongArgument(
    `Argument "version.prompt_id" must be ${shown(id)}, as in the path, got ${shown(document.prompt_id)}`,
  )
}

/** The checksum is that of the document as it is kept, with the defaults of the schema. */
async function savedOf(
  storage: Storage,
  { prompt_id, version }: VersionDocument,
): Promise<{ prompt_id: string; version: string; checksum: string }> {
  const kept = await storage.getVersion(prompt_id, version)
  // Deleted meanwhile: it was saved, and has no content any more.
  return { prompt_id, version, checksum: kept === undefined ? '' : textOf(kept).checksum }
}
