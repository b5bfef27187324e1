import { describe, expect, it } from 'vitest'
import { startServer, bearer, SECRETS, TOKENS } from '../support.js'
import { json } from '../api/contract.js'

const AT = '/api/v1/prompts/a/publish'

describe('a change with an idempotency key', () => {
  it('is made once, however often it is sent', async () => {
    const { ask, storage } = await startServer()
    const send = async (text: string, key: string) =>
      await ask(AT, json('POST', { content: { text }, bump: 'patch' }, { 'idempotency-key': key }))
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => await send('one', 'k1')),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(
      answers.filter(({ headers }) => headers.get('idempotency-replayed') !== 'true'),
    ).toHaveLength(1)
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 201))
    await send('two', 'k2')
    expect((await send('one', 'k1')).body).toMatchObject({ document: { version: '1.0.0' } })
    expect(await storage.listVersionNames('a')).toEqual(['1.0.0', '1.0.1'])
  })

  it('has a key for one request and one client', async () => {
    const { ask } = await startServer({ options: { tokens: TOKENS } })
    const send = async (text: string, secret: string) =>
      await ask(
        AT,
        json('POST', { content: { text } }, { 'idempotency-key': 'k', ...bearer(secret) }),
      )
    expect((await send('one', SECRETS.writer)).status).toBe(201)
    expect(await send('two', SECRETS.writer)).toMatchObject({
      status: 422,
      body: { error: { code: 'HTTP-KEY-001' } },
    })
    expect((await send('two', SECRETS.admin)).status).toBe(201)
  })

  it('needs a key that is one', async () => {
    const { ask } = await startServer()
    for (const key of ['x'.repeat(256), 'a b'])
      expect((await ask(AT, json('POST', {}, { 'idempotency-key': key }))).status).toBe(400)
  })

  it('may be tried again after a refusal of the server itself', async () => {
    const { ask, storage } = await startServer()
    const body = json('POST', { content: { text: 'x' } }, { 'idempotency-key': 'k' })
    await storage.close()
    expect((await ask(AT, body)).status).toBe(503)
    expect((await ask(AT, body)).headers.get('idempotency-replayed')).toBeNull()
  })
})
