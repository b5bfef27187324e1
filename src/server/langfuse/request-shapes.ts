import { z } from 'zod'
import type { JsonValue } from '../../document/json.js'
import { isRecordId, isPromptId } from '../../document/prompt-id.js'
import { LangfuseRefusal, refuse } from './langfuse-error.js'

const COMMIT_MESSAGE_CHARACTERS_MAX = 500
const LABEL_CHARACTERS_MAX = 36
const PAGE_PROMPTS_MAX = 100

/** Names that have a page of their own in Langfuse. */
const RESERVED = new Set(['new', 'metrics', 'prompt-detail', '.', '..'])

const label = z
  .string()
  .min(1)
  .max(LABEL_CHARACTERS_MAX)
  .regex(/^[a-z0-9_.-]+$/, 'Label must be lowercase alphanumeric with optional _, - or .')

/** The name of a prompt that is made. */
const name = z
  .string()
  .min(1)
  .refine((text) => text === text.trim(), 'Name must not begin or end with a blank')
  .refine((text) => !/^\/|\/$|\/\//.test(text), 'Name must not have an empty part between slashes')
  .refine((text) => !text.includes('|') && !hasTag(text), 'Name must not contain | or tags')
  .refine((text) => !RESERVED.has(text), 'Name is reserved')
  .refine((text) => isPromptId(text) && !isRecordId(text), 'Name cannot be that of a prompt')

const placeholderName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]*$/, 'Not the name of a placeholder')
const message = z.union([
  z.object({ type: z.literal('placeholder'), name: placeholderName }),
  z.object({ type: z.literal('chatmessage').optional(), role: z.string(), content: z.string() }),
])
const common = {
  name,
  labels: z.array(label).default([]),
  tags: z.array(z.string()).nullish(),
  config: z.json().nullish(),
  commitMessage: z.string().max(COMMIT_MESSAGE_CHARACTERS_MAX).nullish(),
}

/** What is created. Fields that are unknown are ignored, as Langfuse does: its clients send some. */
export const createBody: z.ZodType<CreateBody> = z.union([
  z.object({ ...common, type: z.literal('chat'), prompt: z.array(message) }),
  z.object({ ...common, type: z.literal('text').optional(), prompt: z.string() }),
])

/** A version that is created. */
export interface CreateBody {
  readonly name: string
  readonly type?: 'text' | 'chat' | undefined
  /** A text, or messages and places for more of them. */
  readonly prompt: string | readonly Readonly<Record<string, unknown>>[]
  readonly labels: readonly string[]
  /** Those of the version before where it has none. */
  readonly tags?: readonly string[] | null | undefined
  readonly config?: JsonValue | undefined
  readonly commitMessage?: string | null | undefined
}

/** Labels that are added. */
export const labelsBody: z.ZodType<{ readonly newLabels: readonly string[] }> = z.object({
  newLabels: z.array(z.string()),
})

const version = z.coerce.number().int().min(0).optional()
const time = z.iso.datetime({ offset: true }).optional()

/** Which version is read or deleted. 0 is the same as none. */
export const versionQuery: z.ZodType<VersionQuery> = z.object({
  version,
  label: z.string().optional(),
  resolve: z.enum(['true', 'false']).optional(),
})

/** A version that is named by its number or a label. */
export interface VersionQuery {
  readonly version?: number | undefined
  readonly label?: string | undefined
  /** Whether what it includes is filled in; so it is by default. */
  readonly resolve?: 'true' | 'false' | undefined
}

/** Which prompts are listed. */
export const listQuery: z.ZodType<ListQuery> = z.object({
  name: z.string().optional(),
  label: z.string().optional(),
  tag: z.string().optional(),
  version,
  fromUpdatedAt: time,
  toUpdatedAt: time,
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(PAGE_PROMPTS_MAX).default(10),
})

/** What a version needs to be listed, and which page of the prompts is wanted. */
export interface ListQuery {
  readonly name?: string | undefined
  readonly label?: string | undefined
  readonly tag?: string | undefined
  readonly version?: number | undefined
  /** ISO 8601. */
  readonly fromUpdatedAt?: string | undefined
  /** ISO 8601; not included. */
  readonly toUpdatedAt?: string | undefined
  /** From 1. */
  readonly page: number
  readonly limit: number
}

function hasTag(text: string): boolean {
  const begin = text.indexOf('<')
  return begin >= 0 && text.includes('>', begin)
}

/** The value of a schema, or a refusal that has its faults. */
export function fitting<Value>(schema: z.ZodType<Value>, given: unknown): Value {
  const { data, error, success } = schema.safeParse(given)
  if (success) return data
  return refuse(new LangfuseRefusal(400, error.issues, 'Invalid request data'))
}
