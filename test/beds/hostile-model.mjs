// A model that does what models and gateways do at their worst. It is a real HTTP server in its own process and speaks
// the protocol of OpenAI. The name of the requested model says how it behaves: `html-429:2` answers the first two
// requests with 429 and a page of HTML, and then as asked. GET /log returns what it has received.
//
//   node test/beds/hostile-model.mjs       prints `listening PORT`
import { createServer } from 'node:http'

const log = []
const counts = new Map()
const times = new Map()

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    if (request.url === '/log') return json(response, 200, log)
    const { authorization } = request.headers
    let body
    try {
      body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    } catch {
      return json(response, 400, { error: { message: 'not JSON', code: 'bad_request' } })
    }
    log.push({ url: request.url, authorization, headers: request.headers, body })
    if (request.url !== '/v1/chat/completions')
      return json(response, 404, { error: { message: `no ${request.url}`, code: 'not_found' } })
    const [name, argument] = body.model.split(':')
    const behave = BEHAVIOURS[name]
    if (behave === undefined)
      return json(response, 404, { error: { message: 'unknown model', code: 'model_not_found' } })
    const count = (counts.get(body.model) ?? 0) + 1
    counts.set(body.model, count)
    behave({ request, response, body, argument, count })
  })
})
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`))
process.on('disconnect', () => process.exit())

const MARKED = /<<<BEGIN (\w+)>>>\n([^]*?)\n<<<END \1>>>/

/** What is between the marks of a request to rewrite a text, or the last message. */
function given({ messages }) {
  const asked = messages.find(({ role, content }) => role === 'user' && MARKED.test(content))
  const [, mark, text] = MARKED.exec(asked?.content ?? '') ?? []
  return { mark, text: text ?? messages.at(-1).content }
}

/** A good answer of the form that was asked for. */
function marked({ mark }, text) {
  return mark === undefined ? text : `<<<BEGIN ${mark}>>>\n${text}\n<<<END ${mark}>>>`
}

function answer(text, more = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'hostile-1',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 },
    ...more,
  }
}

function json(response, status, value, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

const PAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>'

/** Answers with a text that is made from the given one. */
const rewriting =
  (change) =>
  ({ response, body }) => {
    const asked = given(body)
    json(response, 200, answer(marked(asked, change(asked.text))))
  }

/** Fails as often as the argument says, and then answers with what it was given. */
const failing =
  (fail) =>
  ({ response, body, argument, count, request }) => {
    if (argument === undefined || count <= Number(argument)) return fail(response, request)
    json(response, 200, answer(marked(given(body), given(body).text)))
  }

/** Refuses each request that comes before the time that it has asked for; forever with the argument `always`. */
function untilThen(chooseTime) {
  return ({ response, body, argument }) => {
    const [time, header] = times.get(body.model) ?? chooseTime()
    times.set(body.model, [time, header])
    // A timer may fire a little early.
    if (argument !== 'always' && Date.now() >= time - 20)
      return json(response, 200, answer(given(body).text))
    json(response, 429, { error: { message: 'slow down' } }, { 'retry-after': header })
  }
}

function stream(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`${event}\n\n`)
  response.end()
}

const chunk = (content, finish_reason = null) =>
  JSON.stringify({
    id: 'c',
    model: 'hostile-1',
    choices: [{ index: 0, delta: { content }, finish_reason }],
  })

const BEHAVIOURS = {
  // What a model does to a text.
  echo: rewriting((text) => text),
  improve: rewriting((text) => `## Task\n\n${text}\n\n- Check the answer.`),
  'drop-placeholders': rewriting((text) => text.replace(/\{\{[^{}]*\}\}/g, '')),
  'rename-placeholders': rewriting((text) => text.replace(/\{\{#?(\w+)/g, '{{$1_1')),
  'double-text': rewriting((text) => `${text}\n${text}`),
  'wrong-language': rewriting(
    () => 'Выполните задание точно и верните только результат, без пояснений.',
  ),
  'cut-text': rewriting((text) => text.slice(0, Math.floor(text.length / 2))),
  'no-marks': ({ response, body }) =>
    json(response, 200, answer(`Sure! Here is the better prompt:\n\n${given(body).text}`)),
  fence: ({ response, body }) =>
    json(response, 200, answer(`\`\`\`\n${marked(given(body), given(body).text)}\n\`\`\``)),
  'fence-within': rewriting((text) => `\`\`\`markdown\n${text}\n\`\`\``),
  // What a model does to an answer.
  length: ({ response }) =>
    json(
      response,
      200,
      answer('half an', {
        choices: [{ index: 0, message: { content: 'half an' }, finish_reason: 'length' }],
      }),
    ),
  filter: ({ response }) =>
    json(
      response,
      200,
      answer('', {
        choices: [{ index: 0, message: { content: '' }, finish_reason: 'content_filter' }],
      }),
    ),
  empty: ({ response }) => json(response, 200, answer('')),
  'no-choices': ({ response }) => json(response, 200, { id: 'x', choices: [] }),
  'wrong-usage': ({ response }) =>
    json(response, 200, answer('yes', { usage: { prompt_tokens: -3, completion_tokens: 'many' } })),
  'small-usage': ({ response }) =>
    json(
      response,
      200,
      answer('yes', { usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 3 } }),
    ),
  'no-usage': ({ response }) => json(response, 200, answer('yes', { usage: undefined })),
  'cut-json': ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer('yes')).slice(0, 60))
  },
  'html-200': ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end(PAGE)
  },
  parts: ({ response }) =>
    json(
      response,
      200,
      answer([
        { type: 'text', text: 'in ' },
        { type: 'text', text: 'parts' },
      ]),
    ),
  stream: ({ response }) =>
    stream(response, [
      ': ping',
      `data: ${chunk('one ')}`,
      `data: ${chunk('two', 'stop')}`,
      'data: [DONE]',
    ]),
  'duplicate-chunks': ({ response }) =>
    stream(response, [
      `id: 1\ndata: ${chunk('one ')}`,
      `id: 1\ndata: ${chunk('one ')}`,
      `id: 2\ndata: ${chunk('two')}`,
      `id: 2\ndata: ${chunk('two')}`,
      `id: 3\ndata: ${chunk('', 'stop')}`,
      `data: ${chunk('two')}`,
      'data: [DONE]',
    ]),
  'cut-stream': ({ response }) => stream(response, [`data: ${chunk('one ')}`]),
  'cut-chunk': ({ response }) => stream(response, [`data: ${chunk('one ').slice(0, 30)}`]),
  'stream-error': ({ response }) =>
    stream(response, [`data: ${chunk('one')}`, 'data: {"error":{"message":"overloaded"}}']),
  huge: ({ response }) => json(response, 200, answer('x'.repeat(2_000_000))),
  // What a gateway does.
  'html-429': failing((response) => {
    response.writeHead(429, { 'content-type': 'text/html', 'retry-after': '0' })
    response.end('<html><head><title>Too Many Requests</title></head></html>')
  }),
  'after-seconds': untilThen(() => [Date.now() + 1000, '1']),
  'after-date': untilThen(() => {
    const date = new Date(Date.now() + 2000)
    return [date.setMilliseconds(0), date.toUTCString()]
  }),
  'after-hour': failing((response) =>
    json(response, 429, { error: { message: 'slow down' } }, { 'retry-after': '3600' }),
  ),
  'no-quota': failing((response) =>
    json(response, 429, {
      error: { message: 'You exceeded your quota', code: 'insufficient_quota' },
    }),
  ),
  'bad-gateway': failing((response) => {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end(PAGE)
  }),
  reset: failing((_, request) => request.socket.resetAndDestroy()),
  'reset-within': failing((response, request) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
    response.write('{"choices":', () => request.socket.resetAndDestroy())
  }),
  'repeat-key': ({ response, request }) =>
    json(response, 401, {
      error: {
        message: `Incorrect API key provided: ${request.headers.authorization?.slice(7)} (sk-abc***xyz1)`,
        code: 'invalid_api_key',
      },
    }),
  redirect: ({ response }) => {
    response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' })
    response.end()
  },
  slow: () => undefined,
  trickle: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  },
}
