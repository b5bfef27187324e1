import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import { startServer, type Answer, type TestServer } from '../support.js'
import type { Served } from '../../../../src/server/app.js'

interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema: object }>>

/**
 * A server of whose answers each is held to what its own description says: its path, its method, its status and its
 * body.
 */
export async function startDescribed(given: Partial<Served> = {}): Promise<TestServer> {
  const server = await startServer(given)
  const description = (await server.ask('/api/v1/openapi.json')).body as OpenApi
  return {
    ...server,
    ask: async (path, init) => {
      const answer = await server.ask(path, init)
      checkAnswer(description, { path, method: init?.method ?? 'GET', answer })
      return answer
    },
  }
}

function checkAnswer(
  { paths, components }: OpenApi,
  { path, method, answer }: { readonly path: string; readonly method: string; answer: Answer },
): void {
  const [plain = ''] = path.split('?')
  const pattern = Object.keys(paths).find((each) =>
    new RegExp(`^${each.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(plain),
  )
  const operation = paths[pattern ?? '']?.[method.toLowerCase()]
  const where = `${method} ${path} -> ${answer.status}`
  expect(operation, where).toBeDefined()
  if (operation === undefined || answer.text === '') return
  const { responses } = operation
  const found = responses[String(answer.status)] ?? responses[`${String(answer.status)[0]}XX`]
  const schema = found?.content?.['application/json']?.schema
  expect(schema, where).toBeDefined()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  const validate = ajv.compile({ ...schema, components })
  expect(validate(answer.body) ? [] : validate.errors, where).toEqual([])
}

/** The init of a request with a JSON body. */
export function json(
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): RequestInit {
  return {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  }
}
