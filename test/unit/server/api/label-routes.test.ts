import { describe, expect, it } from 'vitest'
import { BACKEND_NAMES, openBackend, versionOf } from '../backends.js'
import { bearer, SECRETS, TOKENS } from '../support.js'
import { json, startDescribed } from './contract.js'

const AT = '/api/v1/prompts/a'

describe.each(BACKEND_NAMES)('labels over HTTP, on %s', (backend) => {
  it('move, have a history, and are rolled back', async () => {
    const { ask, storage } = await startDescribed({ storage: await openBackend(backend) })
    await storage.saveVersions(['1.0.0', '1.1.0'].map((name) => versionOf('a', name)) as never)
    const put = async (body: object) => await ask(`${AT}/labels/live`, json('PUT', body))
    expect(
      await put({ version: '^1.0', expected: null, by: 'ada', reason: 'first' }),
    ).toMatchObject({
      status: 200,
      body: { move: { label: 'live', from: null, to: '1.1.0', by: 'ada', reason: 'first' } },
    })
    expect(await put({ version: '1.0.0', expected: '1.0.0' })).toMatchObject({
      status: 409,
      body: { error: { code: 'OPT-LABEL-001' } },
    })
    expect((await put({ version: '9.9.9' })).status).toBe(404)
    expect((await put({ version: '1.0.0' })).status).toBe(200)
    expect((await ask(`${AT}/labels`)).body).toMatchObject({
      labels: { live: { version: '1.0.0' } },
    })
    expect((await ask(`${AT}/labels/live/rollback`, { method: 'POST' })).body).toMatchObject({
      move: { from: '1.0.0', to: '1.1.0' },
    })
    expect((await ask(`${AT}/head`)).body).toMatchObject({
      head: { labels: { live: { version: '1.1.0' } }, highest: null },
      versions: ['1.0.0', '1.1.0'],
    })
    const gone = await ask(`${AT}/labels/live`, json('DELETE', { reason: 'over' }))
    expect(gone.body).toMatchObject({ move: { from: '1.1.0', to: null, reason: 'over' } })
    const again = await ask(`${AT}/labels/live`, { method: 'DELETE' })
    expect(again.body).toEqual({ move: null })
    const { moves } = (await ask(`${AT}/moves?label=live`)).body as { moves: unknown[] }
    expect(moves).toHaveLength(4)
    expect((await ask(`${AT}/moves`)).body).toEqual({ moves })
  })

  it('that many clients move by compare and set lose no move', async () => {
    const { ask, storage } = await startDescribed({ storage: await openBackend(backend) })
    const names = Array.from({ length: 4 }, (_, at) => `1.${at}.0`)
    await storage.saveVersions(names.map((name) => versionOf('a', name)) as never)
    await ask(`${AT}/labels/live`, json('PUT', { version: '1.0.0' }))
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const body = { version: names[1 + (at % 3)], expected: '1.0.0' }
        return (await ask(`${AT}/labels/live`, json('PUT', body))).status
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(11)
    expect(((await ask(`${AT}/moves`)).body as { moves: unknown[] }).moves).toHaveLength(2)
  })
})

describe('what is written over HTTP', () => {
  it('is in the name of the token, and of another for an admin only', async () => {
    const { ask, storage } = await startDescribed({ options: { tokens: TOKENS } })
    await storage.saveVersions(['1.0.0', '1.1.0'].map((name) => versionOf('a', name)) as never)
    const put = async (secret: string, body: object) =>
      await ask(`${AT}/labels/live`, json('PUT', body, bearer(secret)))
    expect((await put(SECRETS.writer, { version: '1.0.0' })).body).toMatchObject({
      move: { by: 'writer' },
    })
    expect((await put(SECRETS.writer, { version: '1.1.0', by: 'ada' })).body).toMatchObject({
      error: { code: 'HTTP-AUTH-002' },
    })
    expect((await put(SECRETS.admin, { version: '1.1.0', by: 'ada' })).body).toMatchObject({
      move: { by: 'ada' },
    })
  })

  it('moves protected labels with the scope admin and a reason only', async () => {
    const options = { tokens: TOKENS, protectedLabels: ['production'] }
    const { ask, storage } = await startDescribed({ options })
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    const put = async (secret: string, body: object) =>
      await ask(
        `${AT}/labels/production`,
        json('PUT', { version: '1.0.0', ...body }, bearer(secret)),
      )
    expect((await put(SECRETS.writer, {})).body).toMatchObject({ error: { code: 'OPT-LABEL-001' } })
    const asked = { allow_protected: true, reason: 'reviewed' }
    expect((await put(SECRETS.writer, asked)).status).toBe(403)
    expect((await put(SECRETS.admin, { allow_protected: true })).status).toBe(409)
    expect((await put(SECRETS.admin, asked)).status).toBe(200)
  })

  it('has tags and deprecations', async () => {
    const { ask, storage } = await startDescribed()
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    const at = `${AT}/versions/1.0.0`
    const tags = await ask(`${at}/tags`, json('POST', { add: ['b', 'a'] }))
    expect(tags.body).toEqual({ tags: ['a', 'b'] })
    expect((await ask(`${at}/tags`, json('POST', { remove: ['b'] }))).body).toEqual({ tags: ['a'] })
    const noted = await ask(`${at}/deprecation`, json('PUT', { by: 'ada', reason: 'old' }))
    expect(noted.body).toMatchObject({ deprecated: { by: 'ada', reason: 'old' } })
    expect((await ask(`${AT}/versions`)).body).toMatchObject({
      versions: [{ tags: ['a'], deprecated: { reason: 'old' } }],
    })
    const withdraw = async () => (await ask(`${at}/deprecation`, { method: 'DELETE' })).body
    expect(await withdraw()).toEqual({ deleted: true })
    expect(await withdraw()).toEqual({ deleted: false })
  })
})
