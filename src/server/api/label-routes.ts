import { z } from 'zod'
import type { PromptView } from '../../versions/prompt-heads.js'
import type { LabelOptions } from '../../versions/registry/registry-options.js'
import type { Actor } from '../access/access-token.js'
import type { ServerParts } from '../app.js'
import { actingAs, given, mayMoveProtected } from './acting.js'
import type { Api } from './api-instance.js'
import { referenceOf } from './reference-of.js'
import {
  FAILURES,
  version,
  label,
  note,
  promptParams,
  versionParams,
  labelParams,
  reference,
  text,
  nullable,
  deprecation,
} from './shapes.js'

const movesQuery = z.strictObject({ label: label.optional() })
const mover = {
  expected: version.nullable().optional().describe('Where the label must be now; null: nowhere'),
  by: note.optional(),
  reason: note.optional(),
  allow_protected: z.boolean().optional(),
}
const labelBody = z.strictObject({ version: reference, ...mover })
const unlabelBody = z.strictObject(mover).nullish()
const noteBody = z.strictObject({ by: note.optional(), reason: note.optional() }).nullish()
const tagsBody = z.strictObject({
  add: z.array(z.string().max(256)).max(100).optional(),
  remove: z.array(z.string().max(256)).max(100).optional(),
})
const deletedAnswer = z.object({ deleted: z.boolean() })
const labelState = z.object({ version: text, at: text, by: nullable, reason: nullable })
const headAnswer = z.object({
  head: z
    .object({
      labels: z.record(text, labelState),
      highest: nullable,
      deprecated: z.record(text, deprecation),
      tags: z.record(text, z.array(text)),
    })
    .nullable(),
  versions: z.array(text),
})
const move = z
  .object({ label: text, from: nullable, to: nullable, by: nullable, reason: nullable, at: text })
  .meta({ id: 'LabelMove' })
const moveAnswer = z.object({ move: move.nullable() })
const movesAnswer = z.object({ moves: z.array(move) })
const labelsAnswer = z.object({ labels: z.record(text, labelState) })
const deprecationAnswer = z.object({ deprecated: deprecation.nullable() })
const tagsAnswer = z.object({ tags: z.array(text) })

/** Labels, their history, tags and deprecations. */
export function serveLabels(api: Api, { storage, registry }: ServerParts): void {
  api.get(
    '/prompts/:id/head',
    {
      schema: {
        summary: 'Labels, tags and deprecations, and the numbers of the versions, of one moment',
        params: promptParams,
        response: { 200: headAnswer, ...FAILURES },
      },
    },
    async ({ params: { id } }) => {
      const view = await storage.transact([id], ([found]) => ({
        changes: [],
        result: found as PromptView,
      }))
      return { head: view.head ?? null, versions: view.versions } as never
    },
  )

  api.get(
    '/prompts/:id/labels',
    {
      schema: {
        summary: 'The labels of a prompt',
        params: promptParams,
        response: { 200: labelsAnswer, ...FAILURES },
      },
    },
    async ({ params: { id } }) => ({ labels: await registry.labels(id) }),
  )

  api.get(
    '/prompts/:id/moves',
    {
      schema: {
        summary: 'The moves of the labels, or of one, the oldest first',
        params: promptParams,
        querystring: movesQuery,
        response: { 200: movesAnswer, ...FAILURES },
      },
    },
    async ({ params: { id }, query: { label } }) => ({
      moves: [
        ...(label === undefined
          ? await storage.listLabelMoves(id)
          : await registry.labelHistory(id, label)),
      ],
    }),
  )

  serveMoves(api, registry)
  serveNotes(api, registry)
}

type Registry = ServerParts['registry']

function serveMoves(api: Api, registry: Registry): void {
  const response = { 200: moveAnswer, ...FAILURES }

  api.put(
    '/prompts/:id/labels/:label',
    {
      schema: {
        summary: 'Moves a label to a version',
        params: labelParams,
        body: labelBody,
        response,
      },
    },
    async ({ params: { id, label }, body: { version, ...options }, actor }) => ({
      move: await registry.label(id, label, referenceOf(version), moveOptions(actor, options)),
    }),
  )

  api.delete(
    '/prompts/:id/labels/:label',
    {
      schema: {
        summary: 'Removes a label; its history is kept',
        params: labelParams,
        body: unlabelBody,
        response,
      },
    },
    async ({ params: { id, label }, body, actor }) => ({
      move: (await registry.unlabel(id, label, moveOptions(actor, body ?? {}))) ?? null,
    }),
  )

  api.post(
    '/prompts/:id/labels/:label/rollback',
    {
      schema: {
        summary: 'Undoes the last move of a label',
        params: labelParams,
        body: unlabelBody,
        response,
      },
    },
    async ({ params: { id, label }, body, actor }) => ({
      move: await registry.rollbackLabel(id, label, moveOptions(actor, body ?? {})),
    }),
  )
}

function serveNotes(api: Api, registry: Registry): void {
  const params = versionParams

  api.put(
    '/prompts/:id/versions/:version/deprecation',
    {
      schema: {
        summary: 'Says that a version should no longer be used',
        params,
        body: noteBody,
        response: { 200: deprecationAnswer, ...FAILURES },
      },
    },
    async ({ params: { id, version }, body, actor }) => {
      const { by, reason } = body ?? {}
      const options = given({ by: actingAs(actor, by), reason })
      return { deprecated: await registry.deprecate(id, version, options) }
    },
  )

  api.delete(
    '/prompts/:id/versions/:version/deprecation',
    {
      schema: {
        summary: 'Withdraws a deprecation',
        params,
        response: { 200: deletedAnswer, ...FAILURES },
      },
    },
    async ({ params: { id, version } }) => ({ deleted: await registry.undeprecate(id, version) }),
  )

  api.post(
    '/prompts/:id/versions/:version/tags',
    {
      schema: {
        summary: 'Adds tags to a version and removes others',
        params,
        body: tagsBody,
        response: { 200: tagsAnswer, ...FAILURES },
      },
    },
    async ({ params: { id, version }, body }) => ({
      tags: [...(await registry.tag(id, version, given(body)))],
    }),
  )
}

interface MoveBody {
  readonly expected?: string | null | undefined
  readonly by?: string | undefined
  readonly reason?: string | undefined
  readonly allow_protected?: boolean | undefined
}

function moveOptions(
  actor: Actor,
  { expected, by, reason, allow_protected: asked }: MoveBody,
): LabelOptions {
  const allowProtected = mayMoveProtected(actor, asked)
  return given({ expected, by: actingAs(actor, by), reason, allowProtected })
}
