import { describe, expect, it } from 'vitest'
import { BACKEND_NAMES, openBackend, versionOf } from '../backends.js'
import { bearer, SECRETS, TOKENS } from '../support.js'
import { json, startDescribed } from './contract.js'

const PROMPTS = '/api/v1/prompts'

describe.each(BACKEND_NAMES)('versions over HTTP, on %s', (backend) => {
  const start = async () => await startDescribed({ storage: await openBackend(backend) })

  it('are saved, read, listed and deleted', async () => {
    const { ask, storage } = await start()
    const saved = await ask(
      `${PROMPTS}/a/versions`,
      json('POST', { document: versionOf('a', '1.0.0') }),
    )
    expect(saved).toMatchObject({ status: 201, body: { prompt_id: 'a', version: '1.0.0' } })
    const { checksum } = saved.body as { checksum: string }
    const read = await ask(`${PROMPTS}/a/versions/1.0.0`)
    expect(read.headers.get('etag')).toBe(`"${checksum}"`)
    expect(read.body).toEqual(await storage.getVersion('a', '1.0.0'))
    const batch = {
      documents: ['1.1.0', '2.0.0-rc.1', '2.0.0'].map((name) => versionOf('a', name)),
    }
    const prerelease = await ask('/api/v1/saves', json('POST', batch))
    expect(prerelease.status).toBe(400)
    batch.documents.splice(1, 1)
    expect((await ask('/api/v1/saves', json('POST', batch))).status).toBe(201)
    const list = async (query: string) =>
      ((await ask(`${PROMPTS}/a/versions?${query}`)).body as { versions: unknown[] }).versions
    expect(await list('view=names')).toEqual(['1.0.0', '1.1.0', '2.0.0'])
    expect(await list('view=names&order=desc&limit=2')).toEqual(['2.0.0', '1.1.0'])
    expect(await list('view=names&offset=1&limit=1')).toEqual(['1.1.0'])
    expect(await list('view=documents')).toEqual(await storage.listVersions('a'))
    expect(await list('')).toEqual(await storage.listVersionSummaries('a'))
    expect((await ask(`${PROMPTS}/a/latest`)).body).toMatchObject({ version: '2.0.0' })
    const remove = async () => await ask(`${PROMPTS}/a/versions/1.0.0`, { method: 'DELETE' })
    expect((await remove()).body).toEqual({ deleted: true })
    expect((await remove()).body).toEqual({ deleted: false })
    const rest = json('POST', { versions: ['1.0.0', '1.1.0'] })
    expect((await ask(`${PROMPTS}/a/deletions`, rest)).body).toEqual({ deleted: ['1.1.0'] })
    expect((await ask(`${PROMPTS}/a/versions/1.1.0`)).body).toMatchObject({
      error: { code: 'HTTP-NOTFOUND-001' },
    })
  })

  it('that exist are refused, or accepted where they are the same', async () => {
    const { ask } = await start()
    const save = async (text: string, extra: object = {}) =>
      await ask(
        `${PROMPTS}/p/versions`,
        json('POST', { document: versionOf('p', '1.0.0', text), ...extra }),
      )
    expect((await save('one')).status).toBe(201)
    expect(await save('one')).toMatchObject({
      status: 409,
      body: { error: { code: 'OPT-VER-001', context: { same_content: true } } },
    })
    expect((await save('one', { if_same: 'accept' })).status).toBe(201)
    expect(await save('two', { if_same: 'accept' })).toMatchObject({
      status: 409,
      body: { error: { code: 'OPT-VER-001', context: { same_content: false } } },
    })
  })

  it('of several prompts are saved all or nothing', async () => {
    const { ask, storage } = await start()
    await storage.saveVersion(versionOf('b', '1.0.0') as never)
    const documents = [versionOf('a', '1.0.0'), versionOf('b', '1.0.0')]
    expect((await ask('/api/v1/saves', json('POST', { documents }))).status).toBe(409)
    expect(await storage.listPromptIds()).toEqual(['b'])
  })

  it('have ids of any kind, each one segment of the path', async () => {
    const { ask } = await start()
    const ids = ['a/b', '../x', '%2F', 'ä ö?&#', '提示', 'a%', '.', 'x'.repeat(300)]
    for (const id of ids) {
      const at = `${PROMPTS}/${encodeURIComponent(id).replaceAll('.', '%2E')}/versions`
      const saved = await ask(at, json('POST', { document: versionOf(id, '1.0.0') }))
      if (id !== '.') expect(saved, id).toMatchObject({ status: 201, body: { prompt_id: id } })
    }
    const listed = (await ask(`${PROMPTS}?limit=1000`)).body as { prompt_ids: string[] }
    expect(listed.prompt_ids).toEqual(expect.arrayContaining(ids.filter((id) => id !== '.')))
  })
})

describe('prompts over HTTP', () => {
  it('are listed page by page, by how they begin', async () => {
    const { ask, storage } = await startDescribed()
    for (const id of ['a1', 'a2', 'a3', 'b1'])
      await storage.saveVersion(versionOf(id, '1.0.0') as never)
    const page = async (query: string) => (await ask(`${PROMPTS}?${query}`)).body
    expect(await page('limit=2')).toEqual({ prompt_ids: ['a1', 'a2'], next: 'a2' })
    expect(await page('limit=2&after=a2')).toEqual({ prompt_ids: ['a3', 'b1'], next: null })
    expect(await page('prefix=b')).toEqual({ prompt_ids: ['b1'], next: null })
    for (const query of ['limit=-1', 'limit=x', 'limit=1001', 'unknown=1'])
      expect((await ask(`${PROMPTS}?${query}`)).body).toMatchObject({
        error: { code: 'HTTP-REQUEST-001', context: { issues: [{}] } },
      })
  })

  it('are all removed by an admin who says so only', async () => {
    const { ask, storage } = await startDescribed({ options: { tokens: TOKENS } })
    await storage.saveVersion(versionOf('a', '1.0.0') as never)
    const clear = async (secret: string, query = '?confirm=all') =>
      (await ask(`${PROMPTS}${query}`, { method: 'DELETE', headers: bearer(secret) })).status
    expect(await clear(SECRETS.writer)).toBe(403)
    expect(await clear(SECRETS.admin, '')).toBe(400)
    expect(await storage.listPromptIds()).toEqual(['a'])
    expect(await clear(SECRETS.admin)).toBe(200)
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('whose documents do not fit are refused by the field, without their texts', async () => {
    const { ask } = await startDescribed()
    const wrong = { ...versionOf('a', '1.0.0'), prompt: { id: 'a', text: 42 } }
    const refused = await ask(`${PROMPTS}/a/versions`, json('POST', { document: wrong }))
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'ERR_HOLDFAST_ARGUMENT', context: { error: 'TypeError' } } },
    })
    const other = json('POST', { document: versionOf('b', '1.0.0') })
    expect((await ask(`${PROMPTS}/a/versions`, other)).status).toBe(400)
  })
})
