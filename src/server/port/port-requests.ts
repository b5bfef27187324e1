import { z } from 'zod'
import { DELETED_TOGETHER_MAX, PROMPTS_TOGETHER_MAX } from '../../versions/prompt-change.js'
import type { PortOperation } from '../../wire/paths.js'
import type { PortRequests } from '../../wire/store-port.js'

/** Most documents of one request: more than a transaction takes. */
const DOCUMENTS_MAX = 20_000

const id = z.string().max(1024)
const version = z.string().max(256)
const json = z.string()
const saved = z.strictObject({
  prompt_id: id,
  text: z.string(),
  saved_at: z.string().max(40).nullable().optional(),
})
const saves = z.array(saved).max(DOCUMENTS_MAX)
const versions = z.array(version).max(DELETED_TOGETHER_MAX)
const view = z.strictObject({
  prompt_id: id,
  head: json.nullable(),
  versions: z.array(version),
})
const named = z.strictObject({ prompt_id: id })

/** What each operation accepts; nothing else is let through. */
export const PORT_REQUESTS: {
  readonly [Name in PortOperation]: z.ZodType<PortRequests[Name]>
} = {
  info: z.strictObject({}),
  ids: z.strictObject({ past: z.boolean().optional(), after: id.optional() }),
  names: named,
  head: named,
  past: named,
  views: z.strictObject({ prompt_ids: z.array(id).max(PROMPTS_TOGETHER_MAX) }),
  documents: z.strictObject({ prompt_id: id, versions }),
  insert: z.strictObject({
    documents: saves,
    present: z.array(z.strictObject({ prompt_id: id, version })).max(DOCUMENTS_MAX),
  }),
  commit: z.strictObject({
    views: z.array(view).max(PROMPTS_TOGETHER_MAX),
    changes: z
      .array(
        z.strictObject({
          prompt_id: id,
          save: saves,
          delete: versions,
          requires: z.array(version).max(DOCUMENTS_MAX),
          head: json.optional(),
          moves: json,
        }),
      )
      .max(PROMPTS_TOGETHER_MAX),
  }),
  copy: z.strictObject({
    prompt_id: id,
    view,
    save: saves,
    record: json.optional(),
    remove: z.array(version),
  }),
  clear: z.strictObject({}),
  'know-since': z.strictObject({ known: json.nullable() }),
}
