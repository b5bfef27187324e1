import { describe, expect, it } from 'vitest'
import { connected, type Connected } from './connected.js'

async function filled(): Promise<Connected> {
  const made = await connected()
  const { registry, storage } = made
  await registry.publish(
    'greeting',
    { text: 'Hello {{name}}' },
    { message: 'First', author: 'ada' },
  )
  await registry.publish(
    'greeting',
    { text: 'Good day {{name}} {{> rules@live }}' },
    { message: 'Politer', labels: ['production'], tags: ['reviewed'] },
  )
  await registry.publish('rules', { text: 'Be {{how}}.' }, { labels: ['live'] })
  await storage.saveVersion({
    prompt_id: 'holdfast:ledger:x',
    version: '1.0.0',
    created_at: '2026-01-02T03:04:05.678Z',
    prompt: { text: 'A record' },
  })
  return made
}

describe('the tools that read', () => {
  it('list the prompts with their labels, page by page, without the records of Holdfast', async () => {
    const { call } = await filled()
    const first = await call('list_prompts', { limit: 1 })
    expect(first['prompts']).toEqual([
      { prompt_id: 'greeting', latest: '1.1.0', labels: { production: '1.1.0' } },
    ])
    const second = await call('list_prompts', { limit: 1, cursor: first['next_cursor'] })
    expect(second).toEqual({
      prompts: [{ prompt_id: 'rules', latest: '1.0.0', labels: { live: '1.0.0' } }],
      next_cursor: null,
    })
    expect((await call('list_prompts', { prefix: 'ru' }))['prompts']).toHaveLength(1)
  })

  it('return a version with what is known of it', async () => {
    const { call } = await filled()
    expect(
      await call('get_prompt', { prompt_id: 'greeting', version: '@production' }),
    ).toMatchObject({
      document: { version: '1.1.0', prompt: { text: 'Good day {{name}} {{> rules@live }}' } },
      labels: ['production'],
      tags: ['reviewed'],
      deprecated: null,
      placeholders: ['name'],
    })
    const { labels } = await call('get_prompt', { prompt_id: 'greeting', version: '1.0.0' })
    expect(labels).toEqual([])
  })

  it('say that a version is deprecated', async () => {
    const { call, registry } = await filled()
    await registry.deprecate('greeting', '1.0.0', { reason: 'Rude' })
    const { deprecated } = await call('get_prompt', { prompt_id: 'greeting', version: '1.0.0' })
    expect(deprecated).toMatchObject({ reason: 'Rude' })
  })

  it('list versions and moves of labels, the newest first', async () => {
    const { call, registry } = await filled()
    await registry.label('greeting', 'production', '1.0.0', { by: 'ada', reason: 'Undo' })
    const { versions } = await call('list_versions', { prompt_id: 'greeting', limit: 1, offset: 1 })
    expect(versions).toMatchObject([{ version: '1.0.0', author: 'ada', labels: ['production'] }])
    const { moves } = await call('label_history', { prompt_id: 'greeting', label: 'production' })
    expect(moves).toMatchObject([
      { from: '1.1.0', to: '1.0.0', by: 'ada', reason: 'Undo' },
      { from: null, to: '1.1.0' },
    ])
  })

  it('compare two versions', async () => {
    const { call } = await filled()
    const diff = await call('diff_versions', { prompt_id: 'greeting', from: '1.0.0' })
    expect(diff).toMatchObject({ from: '1.0.0', to: '1.1.0', same: false })
    expect(JSON.stringify(diff['texts'])).toContain('Good day')
  })

  it('search, and say whether there are more', async () => {
    const { call } = await filled()
    expect(await call('search_prompts', { text: 'GOOD' })).toMatchObject({
      versions: [{ prompt_id: 'greeting', version: '1.1.0' }],
      more: false,
    })
    expect((await call('search_prompts', { limit: 1 }))['more']).toBe(true)
    expect((await call('search_prompts', { author: 'ada', tag: 'reviewed' }))['versions']).toEqual(
      [],
    )
  })

  it('render a version with what it includes, and name the values that do not fit', async () => {
    const { call, failure } = await filled()
    const values = { name: 'Bob', how: { kind: true } }
    expect(await call('render_prompt', { prompt_id: 'greeting', values })).toEqual({
      prompt_id: 'greeting',
      version: '1.1.0',
      text: 'Good day Bob Be {"kind":true}.',
      included: [{ id: 'rules', reference: '@live', version: '1.0.0' }],
    })
    const refused = await failure('render_prompt', { prompt_id: 'greeting', values: { nam: '' } })
    expect(refused).toMatchObject({ message: expect.stringContaining('missing: "name", "how"') })
  })

  it.each([
    ['get_prompt', {}],
    ['list_versions', {}],
    ['label_history', { label: 'production' }],
    ['diff_versions', { from: '1.0.0' }],
    ['render_prompt', {}],
  ])('do not show the records of Holdfast: %s', async (name, more) => {
    const { failure } = await filled()
    expect(await failure(name, { prompt_id: 'holdfast:ledger:x', ...more })).toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
      message: expect.stringContaining('a record of Holdfast'),
    })
  })
})
