import { describe, expect, it } from 'vitest'
import { PROPOSED_TAG, writingTools } from '../../../src/mcp/writing-tools.js'
import { connected, RULES } from './connected.js'

const WHY = { message: 'Shorter, as the users asked' }

describe('propose_version', () => {
  it('stores the next version with its actor, and moves no label', async () => {
    const { call, registry, storage } = await connected()
    await registry.publish(
      'p',
      { text: 'Hello {{name}}', role: 'user', config: { model: 'm' }, context: { team: 'a' } },
      { labels: ['production'] },
    )
    expect(await call('propose_version', { prompt_id: 'p', text: 'Hi {{name}}', ...WHY })).toEqual({
      prompt_id: 'p',
      version: '1.0.1',
      created: true,
      parent_version: '1.0.0',
      author: 'mcp:tester/1.2.3',
    })
    expect(await storage.getVersion('p', '1.0.1')).toMatchObject({
      metadata: {
        author: 'mcp:tester/1.2.3',
        message: WHY.message,
        mcp: { client_name: 'tester', client_version: '1.2.3', tool: 'propose_version' },
      },
      prompt: {
        text: 'Hi {{name}}',
        role: 'user',
        variables: ['name'],
        config: { model: 'm' },
        context: { team: 'a' },
      },
    })
    expect(await registry.labels('p')).toMatchObject({ production: { version: '1.0.0' } })
    expect(await registry.labelHistory('p', 'production')).toHaveLength(1)
    const [newest] = await registry.history('p')
    expect(newest).toMatchObject({ author: 'mcp:tester/1.2.3', tags: [PROPOSED_TAG] })
  })

  it('begins a prompt, and takes a chat, a config, a parent and a part of the number', async () => {
    const { call, storage } = await connected()
    await call('propose_version', { prompt_id: 'p', text: 'One', ...WHY })
    const messages = [
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: '{{question}}' },
    ]
    const args = { prompt_id: 'p', messages, config: { t: 1 }, parent: '1.0.0', bump: 'major' }
    expect(await call('propose_version', { ...args, ...WHY })).toMatchObject({ version: '2.0.0' })
    const { prompt } = (await storage.getVersion('p', '2.0.0')) ?? {}
    expect(prompt).toMatchObject({ messages, config: { t: 1 }, variables: ['question'] })
  })

  it('stores a content once, and does not tag the version that has it', async () => {
    const { call, registry } = await connected()
    await registry.publish('p', { text: 'Hello' }, { author: 'ada' })
    expect(await call('propose_version', { prompt_id: 'p', text: 'Hello', ...WHY })).toMatchObject({
      version: '1.0.0',
      created: false,
      author: 'ada',
    })
    expect(await registry.history('p')).toMatchObject([{ tags: [] }])
  })

  it('gives proposals at the same time a number each', async () => {
    const { call, registry } = await connected()
    const texts = Array.from({ length: 8 }, (_, at) => `Text ${at}`)
    await Promise.all(
      texts.map(async (text) => await call('propose_version', { prompt_id: 'p', text, ...WHY })),
    )
    expect(await registry.history('p')).toHaveLength(8)
  })

  it.each([
    [{}, 'either "text" or "messages"'],
    [{ text: 'a', messages: [{ role: 'user', content: 'b' }] }, 'either "text" or "messages"'],
    [{ messages: [{ role: 'user', content: 'b' }], role: 'user' }, 'each message has its own'],
    [{ text: '  ' }, 'text'],
    [{ text: 'x'.repeat(100_001) }, 'at most 100000 characters'],
    [{ messages: [{ role: 'user', content: [{ text: 7 }] }] }, 'content'],
  ])('refuses %j', async (content, named) => {
    const { failure, storage } = await connected()
    const found = await failure('propose_version', { prompt_id: 'p', ...content, ...WHY })
    expect(found).toMatchObject({ code: 'ERR_HOLDFAST_ARGUMENT' })
    expect((found as { message: string }).message).toContain(named)
    expect(await storage.listPromptIds()).toEqual([])
  })

  it('refuses a parent that does not exist, and a record of Holdfast', async () => {
    const { failure } = await connected()
    const args = { prompt_id: 'p', text: 'Hello', parent: '9.9.9', ...WHY }
    expect(await failure('propose_version', args)).toMatchObject({ code: 'OPT-VER-002' })
    const record = { prompt_id: 'holdfast:ledger:x', text: 'Hello', ...WHY }
    expect(await failure('propose_version', record)).toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
    })
  })
})

describe('set_label', () => {
  it('moves a label with its actor and reason in the history', async () => {
    const { call, registry } = await connected({ allowLabels: ['staging'] })
    await registry.publish('p', { text: 'One' })
    const args = { prompt_id: 'p', label: 'staging', version: 'latest', expected: null }
    expect(await call('set_label', { ...args, reason: 'Try it' })).toMatchObject({ to: '1.0.0' })
    expect(await registry.labelHistory('p', 'staging')).toMatchObject([
      { from: null, to: '1.0.0', by: 'mcp:tester/1.2.3', reason: 'Try it' },
    ])
  })

  it('moves only what is allowed, and never a protected label', async () => {
    const listed = await connected({ allowLabels: ['staging', 'production'] }, ['production'])
    await listed.registry.publish('p', { text: 'One' })
    const move = (label: string): object => ({
      prompt_id: 'p',
      label,
      version: '1.0.0',
      reason: 'r',
    })
    expect(await listed.failure('set_label', move('canary'))).toMatchObject({
      code: 'OPT-LABEL-001',
      context: { reason: 'not_allowed', labels: ['canary'] },
    })
    expect(await listed.failure('set_label', move('production'))).toMatchObject({
      code: 'OPT-LABEL-001',
      context: { reason: 'protected' },
    })
    const all = await connected({ allowLabels: 'all' }, ['production'])
    await all.registry.publish('p', { text: 'One' })
    expect(await all.failure('set_label', move('production'))).toMatchObject({
      context: { reason: 'protected' },
    })
    expect(await all.registry.labels('p')).toEqual({})
    await all.call('set_label', move('canary'))
    expect(Object.keys(await all.registry.labels('p'))).toEqual(['canary'])
  })

  it('does not undo a move that it has not seen', async () => {
    const { failure, registry } = await connected({ allowLabels: 'all' })
    for (const text of ['One', 'Two']) await registry.publish('p', { text }, { labels: ['live'] })
    const args = { prompt_id: 'p', label: 'live', version: '1.0.0', reason: 'r' }
    expect(await failure('set_label', { ...args, expected: '1.0.0' })).toMatchObject({
      code: 'OPT-LABEL-001',
      context: { reason: 'expected', version: '1.0.1' },
    })
  })
})

describe('the tools that write', () => {
  it('are none where nothing is allowed', () => {
    expect(writingTools({ ...RULES, allowProposals: false })).toEqual([])
  })
})
