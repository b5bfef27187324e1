import { isRecord } from '../../base/values.js'
import { ModelError } from './model-error.js'
import type { ChatAnswer, ChatUsage } from './chat-model.js'

/** A body that an endpoint has sent as its answer. */
export interface AnswerBody {
  readonly text: string
  readonly contentType: string
}

/**
 * Reads the answer of an endpoint: JSON, or a stream of events, which some endpoints send though none is asked for.
 *
 * @param facts go into the context of errors
 * @throws ModelError OPT-LLM-007 for a body that is not an answer, OPT-LLM-008 for an answer that was cut
 */
export function readAnswer(
  { text, contentType }: AnswerBody,
  facts: Readonly<Record<string, unknown>>,
): ChatAnswer {
  const unreadable = (reason: string, message: string, cause?: unknown): ModelError =>
    new ModelError('OPT-LLM-007', message, { context: { ...facts, reason }, cause })
  const isStream = contentType.includes('event-stream') || /^(?:data|event|id|:)/.test(text)
  if (!isStream && /^\s*</.test(text))
    throw unreadable('html', 'The answer of the model is a page of HTML')
  const parts = isStream ? streamed(text, unreadable) : whole(text, unreadable)
  return finished(parts, facts, unreadable)
}

type Unreadable = (reason: string, message: string, cause?: unknown) => ModelError

interface Parts {
  readonly text: string
  readonly finishReason: string | undefined
  readonly usage: unknown
  readonly model: unknown
  readonly id: unknown
}

function finished(
  { text, finishReason, usage, model, id }: Parts,
  facts: Readonly<Record<string, unknown>>,
  unreadable: Unreadable,
): ChatAnswer {
  if (finishReason === 'length' || finishReason === 'content_filter')
    throw new ModelError('OPT-LLM-008', `The model stopped early: ${finishReason}`, {
      context: { ...facts, reason: finishReason },
    })
  if (text.trim() === '') throw unreadable('empty', 'The model has answered with no text')
  const known = usageOf(usage)
  return {
    text,
    finish_reason: finishReason ?? 'unknown',
    ...(known === undefined ? {} : { usage: known }),
    model: typeof model === 'string' ? model : '',
    ...(typeof id === 'string' ? { id } : {}),
  }
}

function whole(text: string, unreadable: Unreadable): Parts {
  const body = parsed(text, () =>
    unreadable('not_json', 'The answer of the model is not JSON, or is cut'),
  )
  const choice = firstChoice(body)
  const message = isRecord(choice?.['message']) ? choice['message'] : undefined
  if (choice === undefined || message === undefined)
    throw unreadable('shape', 'The answer of the model has no message')
  return {
    text: contentOf(message['content']),
    finishReason: reasonOf(choice['finish_reason']),
    usage: body['usage'],
    model: body['model'],
    id: body['id'],
  }
}

/** Chunks of one answer. Those that repeat the id of an event were sent twice. */
function streamed(text: string, unreadable: Unreadable): Parts {
  const seen = new Set<string>()
  const pieces: string[] = []
  let [finishReason, isDone]: [string | undefined, boolean] = [undefined, false]
  let last: Omit<Parts, 'text' | 'finishReason'> = {
    usage: undefined,
    model: undefined,
    id: undefined,
  }
  for (const { id, data } of eventsOf(text)) {
    if (id !== undefined && seen.has(id)) continue
    if (id !== undefined) seen.add(id)
    if (data === '[DONE]') isDone = true
    if (data === '[DONE]' || data === '') continue
    const chunk = parsed(data, () =>
      unreadable('stream', 'A piece of the streamed answer is not JSON, or is cut'),
    )
    if (chunk['error'] !== undefined)
      throw unreadable('stream', 'The model reports an error within the streamed answer')
    const choice = firstChoice(chunk)
    const delta = isRecord(choice?.['delta']) ? choice['delta'] : {}
    if (finishReason === undefined) pieces.push(contentOf(delta['content']))
    finishReason ??= reasonOf(choice?.['finish_reason'])
    last = {
      usage: chunk['usage'] ?? last.usage,
      model: chunk['model'] ?? last.model,
      id: chunk['id'] ?? last.id,
    }
  }
  if (!isDone && finishReason === undefined)
    throw unreadable('stream', 'The streamed answer of the model is cut')
  return { text: pieces.join(''), finishReason, ...last }
}

function* eventsOf(text: string): Generator<{ readonly id?: string; readonly data: string }> {
  for (const block of text.replaceAll('\r\n', '\n').split('\n\n')) {
    const fields = block.split('\n')
    const data = fields.filter((line) => line.startsWith('data:'))
    if (data.length === 0) continue
    const id = fields
      .find((line) => line.startsWith('id:'))
      ?.slice(3)
      .trim()
    const joined = data.map((line) => line.slice(5).replace(/^ /, '')).join('\n')
    yield id === undefined ? { data: joined } : { id, data: joined }
  }
}

function parsed(text: string, refusal: () => ModelError): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw Object.assign(refusal(), { cause })
  }
  if (!isRecord(value)) throw refusal()
  return value
}

/** The choice with the index 0: a model may send others, or the same one twice. */
function firstChoice(
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const choices: unknown = body['choices']
  if (!Array.isArray(choices)) return undefined
  const records = choices.filter(isRecord)
  return records.find(({ index }) => index === 0) ?? records[0]
}

function contentOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const parts = content.filter(isRecord).map((part) => part['text'])
  return parts.filter((part) => typeof part === 'string').join('')
}

function reasonOf(reason: unknown): string | undefined {
  return typeof reason === 'string' && reason !== '' ? reason : undefined
}

/** Numbers that are negative, fractions or texts are worse than none: budgets would count them. */
function usageOf(usage: unknown): ChatUsage | undefined {
  if (!isRecord(usage)) return undefined
  const { prompt_tokens, completion_tokens, total_tokens } = usage
  if (!isCount(prompt_tokens) || !isCount(completion_tokens)) return undefined
  if (isCount(total_tokens) && total_tokens < prompt_tokens + completion_tokens) return undefined
  return { prompt_tokens, completion_tokens }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
