import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { SimulatedModel } from './simulated-run.js'

/** What a gateway answers instead of the model behind it. */
export interface GateAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * A gateway before a simulated model, for this test: a real HTTP server that passes requests on, or answers by itself.
 * @param decide is asked for each request to a model, with its number from 1 and its body; undefined: it is passed on
 */
export async function gatedModel(
  model: SimulatedModel,
  decide: (
    count: number,
    headers: IncomingHttpHeaders,
    body: { readonly model?: string },
  ) => GateAnswer | undefined,
): Promise<SimulatedModel> {
  let count = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isChat = request.method === 'POST'
      const text = Buffer.concat(chunks).toString()
      const own = isChat
        ? decide(++count, request.headers, JSON.parse(text) as { model?: string })
        : undefined
      const send = (status: number, answer: string): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(answer)
      }
      if (own !== undefined) return send(own.status, JSON.stringify(own.body))
      const body = isChat ? { body: text } : {}
      const { method = 'GET', url = '' } = request
      fetch(`${model.origin}${url}`, { method, ...body })
        .then(async (answer) => send(answer.status, await answer.text()))
        .catch((error: unknown) => send(502, JSON.stringify({ error: String(error) })))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, get: async (path) => await (await fetch(`${origin}/${path}`)).json() }
}
