import { describe, expect, it } from 'vitest'
import { BACKEND_NAMES, openBackend } from '../backends.js'
import { bearer, SECRETS, TOKENS } from '../support.js'
import { json, startDescribed } from './contract.js'

const AT = '/api/v1/prompts/greeting'

describe.each(BACKEND_NAMES)('a registry over HTTP, on %s', (backend) => {
  it('publishes, resolves, compares and renders', async () => {
    const { ask } = await startDescribed({ storage: await openBackend(backend) })
    const publish = async (text: string, body: object = {}) =>
      await ask(`${AT}/publish`, json('POST', { content: { text }, ...body }))
    const first = await publish('Hello {{name}}', { message: 'first', author: 'ada' })
    expect(first).toMatchObject({
      status: 201,
      body: { created: true, document: { version: '1.0.0', metadata: { author: 'ada' } } },
    })
    expect(await publish('Hello {{name}}')).toMatchObject({ status: 200, body: { created: false } })
    const next = { bump: 'minor', labels: ['live'], parent: 'latest' }
    expect((await publish('Good day {{name}}', next)).body).toMatchObject({
      document: { version: '1.1.0', parent_version: '1.0.0' },
    })
    for (const [ref, version] of [
      ['live', '1.1.0'],
      ['@live', '1.1.0'],
      ['latest', '1.1.0'],
      ['1.0.0', '1.0.0'],
      ['<1.1', '1.0.0'],
    ])
      expect(
        (await ask(`${AT}/resolve?ref=${encodeURIComponent(ref ?? '')}`)).body,
        ref,
      ).toMatchObject({
        version,
      })
    expect((await ask(`${AT}/resolve?ref=missing`)).status).toBe(404)
    expect((await ask(`${AT}/resolve?ref=%00`)).status).toBe(400)
    const diff = await ask(`${AT}/diff?from=1.0.0&to=live`)
    expect(JSON.stringify(diff.body)).toContain('Good day')
    expect((await ask(`${AT}/diff?from=1.0.0&to=7.0.0`)).body).toMatchObject({
      error: { code: 'OPT-VER-002' },
    })
    const { versions } = (await ask(`${AT}/history?limit=1`)).body as { versions: unknown[] }
    expect(versions).toMatchObject([{ version: '1.1.0', labels: ['live'] }])
    const rendered = await ask(
      `${AT}/render`,
      json('POST', { ref: 'live', values: { name: 'Bob' } }),
    )
    expect(rendered.body).toEqual({
      prompt: { text: 'Good day Bob' },
      version: '1.1.0',
      included: [],
    })
    expect((await ask(`${AT}/render`, json('POST', { values: {} }))).status).toBe(400)
    expect((await ask('/api/v1/prompts/none/render', json('POST', {}))).status).toBe(404)
  })

  it('gives each of many publishers a number of its own', async () => {
    const { ask, storage } = await startDescribed({ storage: await openBackend(backend) })
    const answers = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const body = { content: { text: `Text ${at}` }, bump: 'patch' }
        return await ask(`${AT}/publish`, json('POST', body))
      }),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201))
    expect(await storage.listVersionNames('greeting')).toHaveLength(10)
  })
})

describe('publishing over HTTP', () => {
  it('is in the name of the token', async () => {
    const { ask } = await startDescribed({ options: { tokens: TOKENS } })
    const body = { content: { text: 'Hello' } }
    const published = await ask(`${AT}/publish`, json('POST', body, bearer(SECRETS.writer)))
    expect(published.body).toMatchObject({ document: { metadata: { author: 'writer' } } })
    const other = json('POST', { ...body, author: 'ada' }, bearer(SECRETS.writer))
    expect((await ask(`${AT}/publish`, other)).status).toBe(403)
    const render = json('POST', {}, bearer(SECRETS.reader))
    expect((await ask(`${AT}/render`, render)).status).toBe(200)
    const read = json('POST', body, bearer(SECRETS.reader))
    expect((await ask(`${AT}/publish`, read)).status).toBe(403)
  })
})
