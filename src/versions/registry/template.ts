import { wrongArgument } from '../../base/misuse.js'
import { kindOf } from '../../base/values.js'

/** A part of a message. Those with a `text` are templates; others, such as images, stay as they are. */
export interface MessagePart {
  readonly text?: string
  readonly [field: string]: unknown
}

/** A message of a chat. Its content may be null, as in a call of a tool. */
export interface Message {
  readonly role: string
  readonly content?: string | readonly MessagePart[] | null
  readonly [field: string]: unknown
}

/** A prompt that is one text. */
export interface TextBody {
  readonly text: string
  readonly messages?: undefined
  readonly config?: unknown
}

/** A prompt that is a list of messages. */
export interface ChatBody {
  readonly messages: readonly Message[]
  readonly text?: undefined
  readonly config?: unknown
}

export type PromptBody = TextBody | ChatBody

/** A prompt, or a document with one, such as a `PromptVersion`. */
export type Template = PromptBody | { readonly prompt: PromptBody }

/** The prompt of a document, without other fields. */
export type BodyOf<Document extends Template> = Document extends {
  readonly prompt: infer Body extends PromptBody
}
  ? Plain<Body>
  : Plain<Document>

type Plain<Body> = Body extends { readonly messages: unknown } ? ChatBody : TextBody

/** @throws TypeError for a document that has neither a text nor messages, or both */
export function bodyOf(document: unknown, name = 'document'): PromptBody {
  const whole = fieldsOf(document)
  const body = whole?.['prompt'] === undefined ? whole : fieldsOf(whole['prompt'])
  const { text, messages, config } = body ?? {}
  const rest = config === undefined ? {} : { config }
  if (typeof text === 'string' && messages === undefined) return { text, ...rest }
  if (isMessages(messages) && text === undefined) return { messages, ...rest }
  throw wrongArgument(
    `Argument "${name}" must be { text } or { messages }, alone or as its field "prompt", got ${gist(body, document)}`,
  )
}

/** Whether a prompt is a list of messages. */
export function isChat(body: PromptBody): body is ChatBody {
  return body.messages !== undefined
}

/** The texts that are templates, in order: that of the prompt, or the contents of its messages. */
export function textsOf(body: PromptBody): string[] {
  if (!isChat(body)) return [body.text]
  return body.messages.flatMap(({ content }) => {
    if (typeof content === 'string') return [content]
    return (content ?? []).flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
  })
}

/** The prompt with other texts, in the order of `textsOf`. Everything else is shared with the given one. */
export function withTexts<Body extends PromptBody>(body: Body, texts: readonly string[]): Body
export function withTexts(body: PromptBody, texts: readonly string[]): PromptBody {
  const next = texts.values()
  const take = (given: string): string => next.next().value ?? given
  if (!isChat(body)) return { ...body, text: take(body.text) }
  return { ...body, messages: body.messages.map((message) => withContent(message, take)) }
}

function withContent(message: Message, take: (given: string) => string): Message {
  const { content } = message
  if (typeof content === 'string') return { ...message, content: take(content) }
  if (content === null || content === undefined) return message
  const parts = content.map((part) =>
    typeof part.text === 'string' ? { ...part, text: take(part.text) } : part,
  )
  return { ...message, content: parts }
}

function isMessages(value: unknown): value is readonly Message[] {
  return Array.isArray(value) && value.every(isMessage)
}

function isMessage(value: unknown): boolean {
  const content = fieldsOf(value)?.['content']
  if (typeof fieldsOf(value)?.['role'] !== 'string') return false
  if (content === undefined || content === null || typeof content === 'string') return true
  return Array.isArray(content) && content.every((part) => fieldsOf(part) !== undefined)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Readonly<Record<string, unknown>>
}

/** What a refused document is, without its content. */
function gist(body: object | undefined, document: unknown): string {
  if (body === undefined) return kindOf(document)
  const { text, messages }: { text?: unknown; messages?: unknown } = body
  if (text === undefined && messages === undefined) return 'neither'
  if (text !== undefined && messages !== undefined) return 'both'
  if (text !== undefined) return `${kindOf(text)} as its text`
  return Array.isArray(messages)
    ? 'messages without a role, or with a content of another type'
    : `${kindOf(messages)} as its messages`
}
