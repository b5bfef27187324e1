import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { exchange, type Exchange } from '../../../../src/optimizer/llm/chat-exchange.js'

describe('one request to an endpoint', () => {
  it('returns the body of the answer and its type', async () => {
    const url = await serve(200, 'application/json', '{"a":"é"}')
    expect(await exchange(requestTo(url))).toEqual({
      text: '{"a":"é"}',
      contentType: 'application/json',
    })
  })

  it.each([
    ['an error of OpenAI', '{"error":{"message":"no","code":"c"}}', { reason: 'c' }, 'no'],
    ['an error with a type alone', '{"error":{"message":"no","type":"t"}}', { reason: 't' }, 'no'],
    ['an error at the top', '{"message":"no"}', { reason: 'error' }, 'no'],
    ['an error that is a text', '{"error":"no way"}', { reason: 'text' }, 'no way'],
    ['a text', 'no way', { reason: 'text' }, 'no way'],
    ['a page', ' <html></html>', { reason: 'html' }, 'a page of HTML'],
  ])('is refused with what the endpoint says: %s', async (_, body, context, said) => {
    const url = await serve(400, 'application/json', body)
    await expect(exchange(requestTo(url))).rejects.toMatchObject({
      code: 'OPT-LLM-004',
      message: `${url} answers 400: ${said}`,
      context: { url, status: 400, ...context },
    })
  })

  it.each([
    [401, '{"error":{"message":"no such key"}}', 'OPT-LLM-009'],
    [403, '{"error":{"message":"not from this country"}}', 'OPT-LLM-009'],
    // So does OpenRouter answer to one text, whatever the key may do.
    [403, '{"error":{"message":"requires moderation and your input was flagged"}}', 'OPT-LLM-004'],
  ])('tells a refused key from a refused request: %s %s', async (status, body, code) => {
    const url = await serve(status, 'application/json', body)
    await expect(exchange(requestTo(url))).rejects.toMatchObject({ code, context: { status } })
  })

  it('hides each secret, however often the endpoint repeats it', async () => {
    const url = await serve(403, 'text/plain', 'hunter2 is not hunter2')
    await expect(exchange({ ...requestTo(url), secrets: ['hunter2'] })).rejects.toMatchObject({
      message: `${url} answers 403: *** is not ***`,
    })
  })
})

async function serve(status: number, contentType: string, body: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': contentType })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

function requestTo(url: string): Exchange {
  return {
    url,
    headers: {},
    body: '{}',
    timeoutMs: 10_000,
    answerBytesMax: 1000,
    signal: undefined,
    secrets: [],
  }
}
