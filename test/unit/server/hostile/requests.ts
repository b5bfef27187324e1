import type { Socket } from 'node:net'
import { post, request } from './raw.js'
import {
  BROKEN_JSON,
  CHUNKS,
  GARBAGE,
  HEADERS,
  HOSTS,
  METHODS,
  NUMBERS,
  ORIGINS,
  PATHS,
  QUERIES,
  TOKENS,
  TYPES,
  WRONG_BODIES,
} from './values.js'

/** A request that no honest client sends. */
export interface Hostile {
  readonly name: string
  readonly bytes: string | Uint8Array | ((socket: Socket) => void)
  /** The statuses that are right; 0 for a connection that is closed without an answer. Default: any from 400 to 499. */
  readonly statuses?: readonly number[]
}

const V = '/api/v1'
const PROMPT = `${V}/prompts/p`

function named(
  values: readonly string[],
  bytesOf: (value: string) => Hostile['bytes'],
  statuses?: readonly number[],
): readonly Hostile[] {
  return values.map((value) => ({
    name: JSON.stringify(value).slice(0, 60),
    bytes: bytesOf(value),
    ...(statuses === undefined ? {} : { statuses }),
  }))
}

const HUGE: readonly Hostile[] = [
  { name: 'a path of 100 kB', bytes: request(`GET /${'a'.repeat(100_000)}`), statuses: [431] },
  {
    name: 'a header of 100 kB',
    bytes: request('GET /livez', [`X: ${'a'.repeat(100_000)}`]),
    statuses: [431],
  },
  {
    name: '5000 headers',
    bytes: request(
      'GET /livez',
      Array.from({ length: 5000 }, (_, at) => `X-${at}: ${at}`),
    ),
    statuses: [431],
  },
  {
    name: 'a body over the limit',
    bytes: post(`${PROMPT}/publish`, `{"content":{"text":"${'x'.repeat(5_000_000)}"}}`),
    statuses: [413],
  },
  {
    name: 'a length over the limit, without the body',
    bytes: request(`POST ${PROMPT}/publish`, [
      'Content-Type: application/json',
      'Content-Length: 999999999',
    ]),
    statuses: [413],
  },
  {
    name: 'JSON of 100,000 levels',
    bytes: post(`${PROMPT}/publish`, '['.repeat(100_000)),
    statuses: [400],
  },
  {
    name: 'content of 5000 levels',
    bytes: post(
      `${PROMPT}/publish`,
      `{"content":{"text":"a","x":${'['.repeat(5000)}${']'.repeat(5000)}}}`,
    ),
    statuses: [400],
  },
  {
    name: 'metadata of 200,000 keys',
    bytes: post(
      `${PROMPT}/publish`,
      JSON.stringify({
        content: { text: 'a' },
        metadata: Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`k${at}`, at])),
        unknown: 1,
      }),
    ),
    statuses: [400, 413],
  },
  {
    name: '10,000 documents at once',
    bytes: post(
      `${V}/saves`,
      JSON.stringify({
        documents: Array.from({ length: 10_000 }, () => ({ prompt_id: 'p', version: '1.0.0' })),
      }),
    ),
    statuses: [400],
  },
  {
    name: 'an idempotency key of 300 characters',
    bytes: post(`${PROMPT}/publish`, '{}', [`Idempotency-Key: ${'k'.repeat(300)}`]),
    statuses: [400],
  },
]

const SLOW: readonly Hostile[] = [
  { name: 'nothing at all', bytes: () => undefined, statuses: [408, 0] },
  { name: 'half a request line', bytes: 'GET /li', statuses: [408] },
  {
    name: 'headers without an end',
    bytes: 'GET /livez HTTP/1.1\r\nHost: localhost\r\n',
    statuses: [408],
  },
  {
    name: 'a body that stops',
    bytes: `POST ${PROMPT}/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    statuses: [408, 0],
  },
  {
    name: 'chunks that stop',
    bytes: `POST ${PROMPT}/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    statuses: [408, 0],
  },
  { name: 'a byte at a time', bytes: trickle, statuses: [408, 0] },
]

/** Slower than the server waits for the headers. */
function trickle(socket: Socket): void {
  const bytes = request('GET /livez', [`X: ${'a'.repeat(2000)}`])
  let at = 0
  const timer = setInterval(() => {
    if (socket.destroyed || at >= bytes.length) clearInterval(timer)
    else socket.write(bytes.charAt(at++))
  }, 20)
}

/** Every kind, with its variants. */
export const KINDS: Readonly<Record<string, readonly Hostile[]>> = {
  'bytes that are not a request': named(
    GARBAGE,
    (text) => Buffer.from(ended(text), 'latin1'),
    [400, 408, 431, 0],
  ),
  'headers that are malformed or smuggle': named(
    HEADERS,
    (line) =>
      request(`POST ${PROMPT}/publish`, ['Content-Type: application/json', line], undefined),
    [400, 415, 0],
  ),
  'chunks that are malformed': named(
    CHUNKS,
    (chunk) =>
      `${request(`POST ${PROMPT}/publish`, ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}${chunk}`,
    [400, 408, 0],
  ),
  'JSON that is broken': named(BROKEN_JSON, (body) => post(`${PROMPT}/publish`, body), [400]),
  'bodies that do not fit': named(
    WRONG_BODIES,
    (body) => post(`${PROMPT}/publish`, body),
    [400, 404],
  ),
  'types that are not JSON': named(
    TYPES,
    (type) => request(`POST ${PROMPT}/publish`, [`Content-Type: ${type}`], '{}'),
    [415],
  ),
  'paths that lead elsewhere': named(PATHS, (path) => request(`GET ${path}`)),
  'parameters that do not fit': named(
    QUERIES,
    (query) => request(`GET ${V}/prompts?${query}`),
    [400],
  ),
  'numbers of versions that are none': named(
    NUMBERS,
    (number) => request(`GET ${PROMPT}/versions/${number}`),
    [400],
  ),
  'methods that are not there': named(
    METHODS,
    (method) => request(`${method} ${PROMPT}/versions`),
    [400, 404, 405],
  ),
  'requests that are huge': HUGE,
  'requests that are slow': SLOW,
}

/** For a server with tokens. */
export const TOKEN_TRICKS: readonly Hostile[] = named(
  TOKENS,
  (header) => request(`GET ${V}/prompts`, [header]),
  [401],
)

/** For a server without tokens, on loopback. */
export const SITE_TRICKS: readonly Hostile[] = [
  ...named(
    HOSTS,
    (host) => `GET ${V}/prompts HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    [403, 400],
  ),
  ...named(ORIGINS, (origin) => request(`GET ${V}/prompts`, [origin]), [403]),
]

/** The server has to see that nothing more comes. */
function ended(text: string): string {
  return text.endsWith('\r\n\r\n') ? text : `${text}\r\n\r\n`
}
