import { describe, expect, it } from 'vitest'
import { connected } from './connected.js'

const LIVE = { labels: ['production'] }

describe('the prompts of the server', () => {
  it('are the versions with the label, with their placeholders as arguments', async () => {
    const { client, registry } = await connected()
    await registry.publish('draft', { text: 'Not yet' })
    await registry.publish('rules', { text: 'Be {{how}}.' }, { labels: ['shared'] })
    await registry.publish(
      'hi',
      { text: 'Hi {{name}} {{> rules@shared }}' },
      { ...LIVE, message: 'm' },
    )
    await registry.publish('hi', { text: 'A later one {{other}}' })
    const chat = [
      { role: 'system', content: 'Be {{mood}}' },
      { role: 'placeholder', type: 'placeholder', name: 'history' },
    ]
    await registry.publish('talk', { messages: chat }, LIVE)
    const { prompts } = await client.listPrompts()
    expect(prompts).toMatchObject([
      {
        name: 'hi',
        description: 'm',
        arguments: [
          { name: 'name', required: true },
          { name: 'how', required: true },
        ],
        _meta: { 'holdfast/version': '1.0.0', 'holdfast/label': 'production' },
      },
      {
        name: 'talk',
        arguments: [
          { name: 'mood', required: true },
          { name: 'history', required: false },
        ],
      },
    ])
  })

  it('come in pages', async () => {
    const { client, registry } = await connected()
    const ids = Array.from({ length: 53 }, (_, at) => `p${String(at).padStart(3, '0')}`)
    for (const id of ids) await registry.publish(id, { text: id }, LIVE)
    const first = await client.listPrompts()
    expect(first.prompts).toHaveLength(50)
    const second = await client.listPrompts({ cursor: String(first.nextCursor) })
    expect([...first.prompts, ...second.prompts].map(({ name }) => name)).toEqual(ids)
    expect(second.nextCursor).toBeUndefined()
    await expect(client.listPrompts({ cursor: '!' })).rejects.toMatchObject({ code: -32_602 })
  })

  it('are rendered with the arguments', async () => {
    const { client, registry } = await connected()
    await registry.publish('hi', { text: 'Hi {{name}}', role: 'user' }, LIVE)
    const { messages, _meta } = await client.getPrompt({ name: 'hi', arguments: { name: '{{x}}' } })
    expect(messages).toEqual([{ role: 'user', content: { type: 'text', text: 'Hi {{x}}' } }])
    expect(_meta).toMatchObject({ 'holdfast/version': '1.0.0', 'holdfast/roles': ['user'] })
  })

  it('take messages as an argument, in which nothing is filled', async () => {
    const { client, registry } = await connected()
    const chat = [
      { role: 'system', content: 'Be {{mood}}' },
      { role: 'placeholder', type: 'placeholder', name: 'history' },
    ]
    await registry.publish('talk', { messages: chat }, LIVE)
    const history = '[{"role":"assistant","content":"{{mood}}"}]'
    const { messages } = await client.getPrompt({
      name: 'talk',
      arguments: { mood: 'kind', history },
    })
    expect(messages.map(({ role, content }) => [role, Reflect.get(content, 'text')])).toEqual([
      ['user', 'Be kind'],
      ['assistant', '{{mood}}'],
    ])
  })

  it('of which one cannot be composed are listed all the same', async () => {
    const { client, registry } = await connected()
    await registry.publish('a', { text: 'A {{> lost }}' }, LIVE)
    await registry.publish('b', { text: 'B' }, LIVE)
    const { prompts } = await client.listPrompts()
    expect(prompts).toMatchObject([
      { name: 'a', arguments: [], description: expect.stringMatching(/^Cannot be rendered/) },
      { name: 'b' },
    ])
    await expect(client.getPrompt({ name: 'a' })).rejects.toMatchObject({
      code: -32_602,
      data: { code: 'OPT-VER-002' },
    })
  })

  it.each([
    ['lost', {}, 'OPT-VER-002'],
    ['hi', {}, 'ERR_HOLDFAST_ARGUMENT'],
    ['hi', { name: 'a', nam: 'b' }, 'ERR_HOLDFAST_ARGUMENT'],
    ['holdfast:ledger:x', {}, 'ERR_HOLDFAST_ARGUMENT'],
  ])('refuse %s with %j as invalid parameters, with the code', async (name, args, code) => {
    const { client, registry } = await connected()
    await registry.publish('hi', { text: 'Hi {{name}}' }, LIVE)
    await expect(client.getPrompt({ name, arguments: args })).rejects.toMatchObject({
      code: -32_602,
      data: { code },
    })
  })
})
