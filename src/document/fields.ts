import { z } from 'zod'
import type { JsonObject } from './json.js'
import { isTimestamp } from './timestamp.js'

/** ISO 8601 in UTC, with `Z`. */
export const timestampSchema: z.ZodType<string> = z
  .string()
  .refine(isTimestamp, 'Expected an ISO 8601 time in UTC, such as 2025-01-17T10:30:00.000Z')

/**
 * Any JSON object, kept as it is: a schema that walked through it would drop a key named `__proto__`. Its content was
 * checked to be JSON before.
 */
export const jsonObjectSchema: z.ZodType<JsonObject> = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'Expected an object',
)

/** An optional field. null, which other programs write for nothing, counts as left out. */
export function optional<Output>(schema: z.ZodType<Output>): z.ZodType<Output | undefined> {
  return z.union([schema, z.null().transform(() => undefined)]).optional()
}
