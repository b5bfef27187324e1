import { z } from 'zod'

/** The id of a prompt, one segment of the path. */
export const promptId: z.ZodString = z
  .string()
  .min(1)
  .max(1024)
  .describe('The id of a prompt: one segment of the path')

/** The number of a version. */
export const version: z.ZodString = z.string().min(1).max(256).describe('Such as 1.4.2')

/** The name of a label. */
export const label: z.ZodString = z.string().min(1).max(256).describe('Such as production')

/** A text that people write. */
export const note: z.ZodString = z.string().max(10_000)

/** The path of a prompt. */
export const promptParams: z.ZodObject<{ id: z.ZodString }> = z.object({ id: promptId })

/** The path of a version. */
export const versionParams: z.ZodObject<{ id: z.ZodString; version: z.ZodString }> = z.object({
  id: promptId,
  version,
})

/** The path of a label. */
export const labelParams: z.ZodObject<{ id: z.ZodString; label: z.ZodString }> = z.object({
  id: promptId,
  label,
})

/** Most entries of a page. */
export const limit: z.ZodCoercedNumber = z.coerce.number().int().min(0).max(1000)

/** From which end a list begins. */
export const order: z.ZodEnum<{
  ascending: 'ascending'
  descending: 'descending'
  asc: 'asc'
  desc: 'desc'
}> = z.enum(['ascending', 'descending', 'asc', 'desc'])

/** What names a version. */
export const reference: z.ZodString = z
  .string()
  .min(1)
  .max(256)
  .describe('1.4.2, ^1.2, latest, or a label: production or @production')

/** Any document: its own schema decides what else is in it. */
export const document: z.ZodObject<
  { prompt_id: z.ZodString; version: z.ZodString },
  z.core.$loose
> = z
  .looseObject({ prompt_id: z.string(), version: z.string() })
  .meta({ id: 'Document', description: 'A version of a prompt: docs/version-storage.md' })

/** Any object of JSON. */
export const json: z.ZodRecord<z.ZodString, z.ZodUnknown> = z.record(z.string(), z.unknown())

/** Any text. */
export const text: z.ZodString = z.string()

/** A text, or none. */
export const nullable: z.ZodNullable<z.ZodString> = text.nullable()

/** What a request that failed is answered with. */
export const failure: z.ZodType = z
  .object({
    error: z.object({ code: text, message: text, context: json, retryable: z.boolean() }),
  })
  .meta({
    id: 'Failure',
    description: 'What a request that failed is answered with: docs/errors.md',
  })

/** Why a version should no longer be used. */
export const deprecation: z.ZodObject<{
  at: z.ZodString
  by: typeof nullable
  reason: typeof nullable
}> = z.object({ at: text, by: nullable, reason: nullable })

/** What every route of the API may answer with. */
export const FAILURES: { readonly '4xx': z.ZodType; readonly '5xx': z.ZodType } = {
  '4xx': failure,
  '5xx': failure,
}
