import { z } from 'zod'
import { jsonObjectSchema, optional, timestampSchema } from '../../document/fields.js'
import type { JsonObject } from '../../document/json.js'
import { textsOf, type Message, type MessagePart } from '../registry/template.js'
import { countCharacters } from './text-difference.js'

/** Longest text of a prompt, in characters (code points); those of all messages count together. */
export const PROMPT_TEXT_CHARACTERS_MAX = 100_000

/** What every prompt has. */
interface PromptFields {
  readonly id: string
  /** The workflow and the node that an importer found the prompt in. */
  readonly workflow_id?: string | undefined
  readonly node_id?: string | undefined
  readonly node_type?: string | undefined
  /** Model, temperature and whatever else belongs to a call: any JSON object. */
  readonly config?: JsonObject | undefined
  /** Names of the variables in the text, none of them blank. Default: none. */
  readonly variables: readonly string[]
  /** Further facts about where the prompt comes from. Default `{}`. */
  readonly context: JsonObject
  /** ISO 8601, UTC. */
  readonly extracted_at?: string | undefined
}

/** A prompt that is one text. */
export interface TextPrompt extends PromptFields {
  /** Not blank, at most 100,000 characters. */
  readonly text: string
  /** Default 'system'. */
  readonly role: string
  readonly messages?: undefined
}

/** A prompt that is a list of messages. */
export interface ChatPrompt extends PromptFields {
  /** At least one; their texts have at most 100,000 characters together. */
  readonly messages: readonly Message[]
  readonly text?: undefined
  readonly role?: undefined
}

/** One prompt: a text or messages. */
export type Prompt = TextPrompt | ChatPrompt

type Defaulted = 'role' | 'variables' | 'context'
type WithDefaults<Given, Names extends PropertyKey> = Given extends unknown
  ? Omit<Given, Names> & Partial<Pick<Given, Names & keyof Given>>
  : never

/** A prompt as input: fields with a default are optional. */
export type PromptInput = WithDefaults<Prompt, Defaulted>

/** A prompt within a document that has the prompt's id: `{ text }` or `{ messages }` is all that it needs. */
export type PromptContent = WithDefaults<PromptInput, 'id'>

const isNotBlank = (text: string): boolean => /\S/.test(text)

/** A text has at most as many characters as code units, so most texts do not need to be counted. */
const isShortEnough = (text: string): boolean =>
  text.length <= PROMPT_TEXT_CHARACTERS_MAX || countCharacters(text) <= PROMPT_TEXT_CHARACTERS_MAX

const TOO_LONG = `Expected at most ${PROMPT_TEXT_CHARACTERS_MAX} characters`

/** Providers have further fields for messages, such as `name` and `tool_calls`, and further kinds of parts. */
const messageSchema = z.looseObject({
  role: z.string().refine(isNotBlank, 'Expected a role that is not blank'),
  content: z
    .custom<string | readonly MessagePart[] | null>(isContent, 'Expected a text, null or parts')
    .optional(),
})

const fields = {
  workflow_id: optional(z.string()),
  node_id: optional(z.string()),
  node_type: optional(z.string()),
  text: z
    .string()
    .refine(isNotBlank, 'Expected a text that is not blank')
    .refine(isShortEnough, TOO_LONG)
    .optional(),
  messages: z
    .array(messageSchema)
    .min(1, 'Expected at least one message')
    .refine(
      (messages) => isShortEnough(textsOf({ messages: messages as Message[] }).join('')),
      TOO_LONG,
    )
    .optional(),
  config: optional(jsonObjectSchema),
  role: z.string().min(1).optional(),
  variables: z
    .array(z.string().refine(isNotBlank, 'Expected a name that is not blank'))
    .default([]),
  context: jsonObjectSchema.default({}),
  extracted_at: optional(timestampSchema),
}

type Parsed = z.output<z.ZodObject<typeof fields>>

/** Unknown fields are refused. A prompt has either a text or messages. */
export const promptSchema: z.ZodType<Prompt> = z
  .strictObject({ id: z.string().min(1), ...fields })
  .superRefine(requireOneForm)
  .overwrite(withRole) as unknown as z.ZodType<Prompt>

/** As `promptSchema`, for documents that name the prompt. */
export const promptContentSchema: z.ZodType<PromptContent> = z
  .strictObject({ id: z.string().min(1).optional(), ...fields })
  .superRefine(requireOneForm)
  .overwrite(withRole) as unknown as z.ZodType<PromptContent>

/** The prompt with an id, which comes first in its document. */
export function withId<Given extends { readonly id?: string | undefined }>(
  prompt: Given,
  id: string,
): Given & { readonly id: string } {
  if (prompt.id !== undefined) return prompt as Given & { readonly id: string }
  const { id: _, ...rest } = prompt
  return { id, ...rest } as unknown as Given & { readonly id: string }
}

function isContent(value: unknown): boolean {
  if (value === null || typeof value === 'string') return true
  return Array.isArray(value) && value.every(isPart)
}

function isPart(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const text: unknown = Reflect.get(value, 'text')
  return text === undefined || typeof text === 'string'
}

/** All texts of a prompt as one: those of messages are separated by an empty line. */
export function wholeText(prompt: Prompt): string {
  return textsOf(prompt).join('\n\n')
}

function requireOneForm({ text, messages, role }: Parsed, context: z.RefinementCtx): void {
  if (text === undefined && messages === undefined)
    context.addIssue({ code: 'custom', path: ['text'], message: 'Expected a text, or messages' })
  if (messages === undefined) return
  if (text !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['text'],
      message: 'Expected a text or messages, not both',
    })
  if (role !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['role'],
      message: 'Expected a role in each message, not in the prompt',
    })
}

/** A text has a role by default, before `variables` as in every document. */
function withRole<Given extends Parsed>(prompt: Given): Given {
  if (prompt.text === undefined || prompt.role !== undefined) return prompt
  const { variables, context, extracted_at, ...first } = prompt
  const last = extracted_at === undefined ? {} : { extracted_at }
  return { ...first, role: 'system', variables, context, ...last } as unknown as Given
}
