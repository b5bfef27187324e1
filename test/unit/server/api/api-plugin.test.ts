import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { versionOf } from '../backends.js'
import { startServer, TOKENS } from '../support.js'
import { json } from './contract.js'

describe('the description of the API', () => {
  it('is valid OpenAPI, for anyone to read', async () => {
    const { ask } = await startServer({ options: { tokens: TOKENS } })
    const { status, body } = await ask('/api/v1/openapi.json')
    expect(status).toBe(200)
    const result = await new Validator().validate(body as Record<string, unknown>)
    expect(result).toMatchObject({ valid: true })
  })

  it('has every path of the API with its parameters, its body and its failures', async () => {
    const { ask } = await startServer()
    const { paths } = (await ask('/api/v1/openapi.json')).body as {
      paths: Record<string, Record<string, { summary?: string; responses: object }>>
    }
    expect(Object.keys(paths).toSorted()).toEqual(
      expect.arrayContaining([
        '/api/v1/prompts',
        '/api/v1/prompts/{id}/head',
        '/api/v1/prompts/{id}/labels/{label}',
        '/api/v1/prompts/{id}/publish',
        '/api/v1/prompts/{id}/versions/{version}',
        '/api/v1/saves',
      ]),
    )
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    expect(operations.length).toBeGreaterThan(20)
    for (const { path, method, operation } of operations) {
      expect(operation.summary, `${method} ${path}`).toBeDefined()
      expect(Object.keys(operation.responses), path).toEqual(expect.arrayContaining(['4XX', '5XX']))
    }
  })
})

describe('an API that is read-only', () => {
  it('answers what changes nothing, and refuses the rest', async () => {
    const { ask, storage } = await startServer({ options: { readOnly: true } })
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    expect((await ask('/api/v1/prompts/a/latest')).status).toBe(200)
    expect((await ask('/api/v1/prompts/a/render', json('POST', {}))).status).toBe(200)
    const save = json('POST', { document: versionOf('a', '1.1.0') })
    expect(await ask('/api/v1/prompts/a/versions', save)).toMatchObject({
      status: 503,
      body: { error: { code: 'FS-READONLY-001' } },
    })
  })
})
