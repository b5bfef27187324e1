import type { PromptMessage } from '@modelcontextprotocol/sdk/types.js'
import { wrongArgument } from '../base/misuse.js'
import { isErrorNamed, isRecord } from '../base/values.js'
import { isChat, type Message, type PromptBody } from '../versions/registry/template.js'

/** A place of a chat for further messages, as the clients of Langfuse keep it. */
const PLACEHOLDER = 'placeholder'

/**
 * The messages of a rendered prompt as MCP has them: the roles are `user` and `assistant` alone, and each message has
 * one block. What a model said before is the assistant's; everything else, instructions of the system too, is the
 * user's. The roles that were written are returned beside them.
 */
export function mcpMessages(body: PromptBody): {
  readonly messages: PromptMessage[]
  readonly roles: readonly string[]
} {
  if (!isChat(body)) return { messages: [blockOf('user', body.text)], roles: ['system'] }
  const messages: PromptMessage[] = []
  const roles: string[] = []
  for (const message of body.messages)
    for (const text of textsOf(message)) {
      messages.push(blockOf(roleOf(message), text))
      roles.push(message.role)
    }
  return { messages, roles }
}

/** The names of the places of a chat for further messages. */
export function messagePlaceholdersOf(body: PromptBody): readonly string[] {
  return isChat(body) ? body.messages.flatMap((message) => placeOf(message) ?? []) : []
}

/**
 * The chat with the messages that fill its places, each a JSON text of a list of `{ role, content }`; a place without
 * one is left out.
 *
 * @throws TypeError for a text that is not such a list
 */
export function withMessages(
  body: PromptBody,
  values: Readonly<Record<string, string>>,
): PromptBody {
  if (!isChat(body)) return body
  const messages = body.messages.flatMap((message) => {
    const place = placeOf(message)
    if (place === undefined) return [message]
    const text = Object.hasOwn(values, place) ? values[place] : undefined
    return text === undefined ? [] : messagesIn(place, text)
  })
  return { ...body, messages }
}

function placeOf({ role, type, name }: Message): string | undefined {
  return role === PLACEHOLDER && type === PLACEHOLDER && typeof name === 'string' ? name : undefined
}

function messagesIn(place: string, text: string): readonly Message[] {
  const value = parse(text)
  const isList =
    Array.isArray(value) &&
    value.every(
      (each) =>
        isRecord(each) &&
        typeof each['role'] === 'string' &&
        typeof each['content'] === 'string' &&
        each['type'] !== PLACEHOLDER,
    )
  if (isList) return value as readonly Message[]
  throw wrongArgument(
    `Argument "${place}" must be the JSON text of a list of { role, content } with texts`,
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (isErrorNamed(error, 'SyntaxError')) return undefined
    throw error
  }
}

function roleOf({ role }: Message): PromptMessage['role'] {
  return role === 'assistant' || role === 'model' ? 'assistant' : 'user'
}

/** One text for each part; what is not a text, such as a picture or a call of a tool, is its JSON. */
function textsOf(message: Message): readonly string[] {
  const { content } = message
  if (typeof content === 'string') return [content]
  if (content === null || content === undefined) return [JSON.stringify(message)]
  return content.map((part) => (typeof part.text === 'string' ? part.text : JSON.stringify(part)))
}

function blockOf(role: PromptMessage['role'], text: string): PromptMessage {
  return { role, content: { type: 'text', text } }
}
