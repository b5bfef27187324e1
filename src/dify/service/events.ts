import { TextDecoder } from 'node:util'
import { createParser } from 'eventsource-parser'
import { recordOf, textOf, type AnswerRecord } from './answers.js'
import { formError } from './failures.js'

/** One event of a stream: its name ('' if it has none), and everything it carries. */
export interface DifyEvent {
  readonly event: string
  readonly body: AnswerRecord
}

/** The longest event. Dify shortens large values, so one beyond this is another program's. */
const EVENT_CHARACTERS_MAX = 32 * 1024 * 1024

/**
 * The events of a stream, as they arrive. Keep-alives (`event: ping` without data) are signs of life, not events.
 * As the standard says, an event without its empty line at the end of the stream is not one: it may lack a part.
 * @param heard is called for each piece that arrives
 * @param hidden takes secrets out of what the service says about a failure
 * @throws DifyError OPT-DIFY-007 for what is not an event of Dify; the stream's own error when it breaks
 */
export async function* readEvents(
  stream: AsyncIterable<Uint8Array>,
  call: string,
  heard: () => void,
  hidden: (text: string) => string,
): AsyncGenerator<DifyEvent> {
  const decoder = new TextDecoder()
  const arrived: DifyEvent[] = []
  const parser = createParser({
    maxBufferSize: EVENT_CHARACTERS_MAX,
    onEvent: ({ event, data }) => {
      // A keep-alive has no data; some proxies add an empty object.
      if (event !== 'ping') arrived.push(parsed(data, call, hidden))
    },
    onError: (error) => {
      // Unknown fields of a stream are to be ignored.
      if (error.type === 'max-buffer-size-exceeded')
        throw formError(call, `an event has more than ${EVENT_CHARACTERS_MAX} characters`)
    },
  })
  for await (const piece of stream) {
    heard()
    parser.feed(decoder.decode(piece, { stream: true }))
    yield* arrived.splice(0)
  }
}

function parsed(data: string, call: string, hidden: (text: string) => string): DifyEvent {
  const body = jsonOf(data, call)
  const event = textOf(body['event']) ?? ''
  if (event === 'error') return { event, body: withHidden(body, ['message', 'code'], hidden) }
  const told = recordOf(body['data'])
  if (typeof told['error'] !== 'string') return { event, body }
  return { event, body: { ...body, data: withHidden(told, ['error'], hidden) } }
}

/** Messages quote these fields. */
function withHidden(
  record: AnswerRecord,
  fields: readonly string[],
  hidden: (text: string) => string,
): AnswerRecord {
  const shown = fields.flatMap((field) => {
    const text = textOf(record[field])
    return text === undefined ? [] : [[field, hidden(text)]]
  })
  return { ...record, ...(Object.fromEntries(shown) as AnswerRecord) }
}

function jsonOf(data: string, call: string): AnswerRecord {
  try {
    return recordOf(JSON.parse(data))
  } catch (cause) {
    throw formError(call, `an event of ${data.length} characters is not JSON`, { cause })
  }
}
