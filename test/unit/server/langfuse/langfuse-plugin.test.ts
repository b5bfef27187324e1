import { describe, expect, it } from 'vitest'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { startServer, TOKENS, SECRETS, type TestServer } from '../support.js'

const PATH = '/api/public/v2/prompts'

function basic(user: string, secret: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` }
}

async function post(server: TestServer, body: object, headers: object = {}) {
  return await server.ask(PATH, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

describe('the paths of Langfuse', () => {
  it('create, read, label and delete', async () => {
    const server = await startServer()
    const name = 'team/a b'
    const path = `${PATH}/${encodeURIComponent(name)}`
    const made = await post(server, { name, prompt: 'One', labels: ['production'] })
    expect([made.status, made.body]).toMatchObject([201, { name, version: 1, type: 'text' }])
    await post(server, { name, prompt: 'Two' })
    const read = await server.ask(`${path}?version=2`)
    expect(read.body).toMatchObject({ prompt: 'Two', labels: ['latest'], resolutionGraph: null })
    const labelled = await server.ask(`${path}/versions/2`, {
      method: 'PATCH',
      body: '{"newLabels":["production"],"version":2}',
      headers: { 'content-type': 'application/json' },
    })
    expect(labelled.body).toMatchObject({ version: 2, labels: ['latest', 'production'] })
    expect((await server.ask(path)).body).toMatchObject({ version: 2 })
    const deleted = await server.ask(`${path}?version=1`, { method: 'DELETE' })
    expect([deleted.status, deleted.text]).toEqual([204, ''])
    expect((await server.ask(PATH)).body).toMatchObject({ data: [{ name, versions: [2] }] })
  })

  it('return a text as it is stored where that is asked for', async () => {
    const server = await startServer()
    const registry = new PromptRegistry({ storage: server.storage })
    await registry.publish('rules', { text: 'Be kind' })
    await registry.publish('p', { text: '{{> rules }}' }, { labels: ['production'] })
    expect((await server.ask(`${PATH}/p`)).body).toMatchObject({ prompt: 'Be kind' })
    expect((await server.ask(`${PATH}/p?resolve=false`)).body).toMatchObject({
      prompt: '{{> rules }}',
    })
  })

  it.each([
    ['GET', '/lost', undefined, 404, 'LangfuseNotFoundError'],
    ['GET', '/p?version=1&label=a', undefined, 400, 'InvalidRequestError'],
    ['GET', '/p?version=x', undefined, 400, expect.any(Array)],
    ['GET', '?limit=1000', undefined, 400, expect.any(Array)],
    ['POST', '', '{"name":"p"}', 400, expect.any(Array)],
    ['POST', '', '{', 400, 'InvalidRequestError'],
    ['PATCH', '/p/versions/1', '{"newLabels":["latest"]}', 400, 'InvalidRequestError'],
    ['PATCH', '/p/versions/x', '{"newLabels":["a"]}', 400, 'InvalidRequestError'],
    ['PATCH', '/p/versions/9', '{"newLabels":["a"]}', 404, 'LangfuseNotFoundError'],
    ['PATCH', '/p/versions/1', '{"newLabels":["Not A Label"]}', 400, 'InvalidRequestError'],
    ['DELETE', '/lost', undefined, 404, 'LangfuseNotFoundError'],
  ])('refuse %s %s %s with %s %s, as JSON', async (method, path, body, status, error) => {
    const server = await startServer()
    await post(server, { name: 'p', prompt: 'One' })
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await server.ask(`${PATH}${path}`, { method, headers, ...(body && { body }) })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ message: expect.any(String), error })
  })

  it('take the tokens of the server as a pair of keys, with their scopes', async () => {
    const tokens = TOKENS.map((token) => ({ ...token, public_key: `pk-lf-${token.name}` }))
    const server = await startServer({ options: { tokens, protectedLabels: ['production'] } })
    const ask = async (headers: object) => await post(server, { name: 'p', prompt: 'x' }, headers)
    const refusedStatus = async (headers: object) => {
      const { status, body } = await ask(headers)
      return [status, (body as { error: string }).error]
    }
    expect(await refusedStatus({})).toEqual([401, 'UnauthorizedError'])
    expect(await refusedStatus(basic('pk-lf-writer', 'wrong'))).toEqual([401, 'UnauthorizedError'])
    expect(await refusedStatus({ authorization: 'Bearer pk-lf-writer' })).toEqual([
      401,
      'UnauthorizedError',
    ])
    expect(await refusedStatus(basic('pk-lf-reader', SECRETS.reader))).toEqual([
      403,
      'ForbiddenError',
    ])
    const writer = basic('pk-lf-writer', SECRETS.writer)
    expect((await ask(writer)).body).toMatchObject({ version: 1, createdBy: 'writer' })
    const body = { name: 'p', prompt: 'y', labels: ['production'] }
    expect((await post(server, body, writer)).status).toBe(403)
    expect((await server.ask(`${PATH}/p?version=1`, { headers: writer })).status).toBe(200)
    expect((await server.ask('/api/public/health')).body).toMatchObject({ status: 'OK' })
    expect((await server.ask('/api/public/projects')).status).toBe(401)
    const projects = await server.ask('/api/public/projects', { headers: writer })
    expect(projects.body).toMatchObject({ data: [{ id: 'holdfast' }] })
  })

  it('change nothing on a server that is read-only', async () => {
    const server = await startServer({ options: { readOnly: true } })
    expect((await post(server, { name: 'p', prompt: 'x' })).status).toBe(403)
    expect((await server.ask(`${PATH}/p`, { method: 'DELETE' })).status).toBe(403)
  })

  it('take traces and keep none', async () => {
    const server = await startServer()
    const answer = await server.ask('/api/public/ingestion', {
      method: 'POST',
      body: '{"batch":[]}',
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, answer.body]).toEqual([207, { successes: [], errors: [] }])
  })
})
