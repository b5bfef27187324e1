import { z } from 'zod'
import type { Place } from './place.js'

/** What a tool does, as a hint for the person who permits it. */
export interface ToolHints {
  /** It changes nothing. */
  readonly reads: boolean
  /** It changes what exists, and does not only add to it. Default: false. */
  readonly replaces?: boolean
  /** Calling it again with the same arguments changes nothing more. Default: true. */
  readonly repeatable?: boolean
}

/** A tool of the server. */
export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodType<Record<string, unknown>>
  readonly output: z.ZodType<Record<string, unknown>>
  readonly hints: ToolHints
  /** @param input as the schema of the input returns it */
  readonly run: (place: Place, input: never) => Promise<Record<string, unknown>>
}

/** A tool whose `run` takes what its input schema returns. */
export function tool<Input extends z.ZodType<Record<string, unknown>>>(
  given: Omit<Tool, 'input' | 'run'> & {
    readonly input: Input
    readonly run: (place: Place, input: z.output<Input>) => Promise<Record<string, unknown>>
  },
): Tool {
  return Object.freeze(given)
}

/** The schema of tool inputs and outputs that clients read: draft 7, which every validator has. */
export function jsonSchemaOf(
  schema: z.ZodType,
  io: 'input' | 'output',
): { type: 'object'; [key: string]: unknown } {
  return {
    ...(z.toJSONSchema(schema, { target: 'draft-7', io }) as Record<string, unknown>),
    type: 'object',
  }
}

/** The id of a prompt, as an argument. */
export function promptIdField(): z.ZodString {
  return z.string().min(1).describe('The id of the prompt, exactly as it is listed')
}

/** What names a version, as an argument. */
export function referenceField(): z.ZodString {
  return z
    .string()
    .min(1)
    .describe(
      'A version: a number (1.4.2), a range (^1.2), latest, or a label with an @ (@production)',
    )
}

/** How much of a list is wanted. */
export function limitField(byDefault: number, max: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(max).default(byDefault).describe(`At most this many, up to ${max}`)
}
