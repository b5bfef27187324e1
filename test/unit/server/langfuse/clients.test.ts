import { LangfuseClient } from '@langfuse/client'
import { Langfuse } from 'langfuse'
import { describe, expect, it, onTestFinished } from 'vitest'
import { PromptRegistry } from '../../../../src/versions/registry/prompt-registry.js'
import { startServer, SECRETS, type TestServer } from '../support.js'
import { opened, URLS } from './stores.js'

const TOKENS = [
  { name: 'app', scope: 'write' as const, secret: SECRETS.writer, public_key: 'pk-lf-app' },
]
const KEYS = { publicKey: 'pk-lf-app', secretKey: SECRETS.writer }

async function served(emptyStore: () => Promise<string>): Promise<TestServer> {
  return await startServer({
    storage: await opened(await emptyStore()),
    options: { tokens: TOKENS },
  })
}

function version3({ address }: TestServer, secretKey: string = KEYS.secretKey): Langfuse {
  const client = new Langfuse({ ...KEYS, secretKey, baseUrl: address })
  onTestFinished(async () => await client.shutdownAsync())
  return client
}

function version5({ address }: TestServer): LangfuseClient {
  return new LangfuseClient({ ...KEYS, baseUrl: `${address}/` })
}

describe.each(Object.entries(URLS))('on a store of %s', (_name, emptyStore) => {
  it('the client langfuse 3 creates, reads, compiles, labels and caches', async () => {
    const server = await served(emptyStore)
    const client = version3(server)
    const name = 'team/greeting 1'
    const made = await client.createPrompt({
      name,
      prompt: 'Hello {{name}}',
      config: { model: 'm', temperature: 0.2 },
      labels: ['production'],
      tags: ['chat'],
      commitMessage: 'First',
    })
    expect([made.version, made.labels, made.compile({ name: 'Bob' })]).toEqual([
      1,
      ['latest', 'production'],
      'Hello Bob',
    ])
    await client.createPrompt({ name, prompt: 'Hi {{name}}', labels: ['staging'] })
    const read = await client.getPrompt(name)
    expect(read).toMatchObject({ version: 1, config: { model: 'm' }, tags: ['chat'] })
    expect((await client.getPrompt(name, 2)).prompt).toBe('Hi {{name}}')
    expect((await client.getPrompt(name, undefined, { label: 'staging' })).version).toBe(2)
    expect((await client.getPrompt(name, undefined, { label: 'latest' })).version).toBe(2)
    // From the cache of the client: the server is not asked.
    const before = server.events.length
    expect((await client.getPrompt(name)).version).toBe(1)
    expect(server.events).toHaveLength(before)
    await client.updatePrompt({ name, version: 2, newLabels: ['production'] })
    expect((await client.getPrompt(name)).version).toBe(2)
  })

  it('the client langfuse 3 reads and compiles a chat, with its places for messages', async () => {
    const client = version3(await served(emptyStore))
    await client.createPrompt({
      name: 'chat',
      type: 'chat',
      prompt: [
        { role: 'system', content: 'Be {{mood}}' },
        { type: 'placeholder', name: 'history' },
      ],
      labels: ['production'],
    })
    const chat = await client.getPrompt('chat', undefined, { type: 'chat' })
    const history = [{ role: 'user', content: 'Hello' }]
    expect(chat.compile({ mood: 'kind' }, { history })).toMatchObject([
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: 'Hello' },
    ])
  })

  it('the client @langfuse/client 5 creates, reads, compiles, labels, lists and deletes', async () => {
    const server = await served(emptyStore)
    const client = version5(server)
    const name = 'team/greeting 1'
    const made = await client.prompt.create({
      name,
      prompt: 'Hello {{name}}',
      labels: ['production'],
      tags: ['a'],
      config: { t: 1 },
    })
    expect([made.version, made.compile({ name: 'Bob' })]).toEqual([1, 'Hello Bob'])
    await client.prompt.create({ name, prompt: 'Hi {{name}}' })
    expect(await client.prompt.get(name)).toMatchObject({ version: 1, config: { t: 1 } })
    expect((await client.prompt.get(name, { version: 2 })).prompt).toBe('Hi {{name}}')
    expect((await client.prompt.get(name, { label: 'latest' })).version).toBe(2)
    await client.prompt.update({ name, version: 2, newLabels: ['production', 'live'] })
    expect(await client.prompt.get(name)).toMatchObject({
      version: 2,
      labels: ['latest', 'live', 'production'],
    })
    const chat = [
      { role: 'system', content: 'Be {{mood}}' },
      { type: 'placeholder' as const, name: 'history' },
    ]
    await client.prompt.create({ name: 'chat', type: 'chat', prompt: chat, labels: ['production'] })
    const read = await client.prompt.get('chat', { type: 'chat' })
    const history = [{ role: 'user', content: 'Hello' }]
    expect(read.compile({ mood: 'kind' }, { history })).toMatchObject([
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: 'Hello' },
    ])
    expect(await client.api.prompts.list({})).toMatchObject({
      data: [
        { name: 'chat', type: 'chat', versions: [1] },
        { name, versions: [1, 2], tags: ['a'] },
      ],
      meta: { totalItems: 2 },
    })
    await client.prompt.delete(name)
    await expect(client.prompt.get(name, { maxRetries: 0 })).rejects.toThrow()
    expect(await server.storage.listPromptIds()).toEqual(['chat'])
  })
})

describe('clients of Langfuse', () => {
  const files = URLS['files'] as () => Promise<string>

  it('read what the library publishes, under numbers that stay', async () => {
    const server = await served(files)
    const registry = new PromptRegistry({ storage: server.storage })
    for (const text of ['One {{a}}', 'Two {{a}}', 'Three {{a}} {{b}}'])
      await registry.publish('p', { text }, { labels: ['production'] })
    const client = version5(server)
    expect(await client.prompt.get('p')).toMatchObject({ version: 3, prompt: 'Three {{a}} {{b}}' })
    await server.storage.deleteVersion('p', '1.0.1')
    await registry.publish('p', { text: 'Four {{a}} {{b}}' })
    expect((await client.prompt.get('p', { version: 4 })).prompt).toBe('Four {{a}} {{b}}')
    expect((await client.prompt.get('p', { version: 1 })).prompt).toBe('One {{a}}')
    await expect(client.prompt.get('p', { version: 2, maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 404,
    })
  })

  it('fall back to their own text where a prompt does not exist', async () => {
    const server = await served(files)
    const old = await version3(server).getPrompt('lost', undefined, { fallback: 'Hi {{a}}' })
    expect([old.isFallback, old.compile({ a: 'b' })]).toEqual([true, 'Hi b'])
    const now = await version5(server).prompt.get('lost', { fallback: 'Hi {{a}}', maxRetries: 0 })
    expect([now.isFallback, now.compile({ a: 'b' })]).toEqual([true, 'Hi b'])
  })

  it('report what is refused by its status and message', async () => {
    const server = await served(files)
    const client = version5(server)
    await expect(client.prompt.get('lost', { maxRetries: 0 })).rejects.toMatchObject({
      statusCode: 404,
      body: { message: "Prompt not found: 'lost' with label 'production'" },
    })
    await expect(client.prompt.create({ name: 'a//b', prompt: 'x' })).rejects.toMatchObject({
      statusCode: 400,
    })
    await expect(
      client.prompt.update({ name: 'lost', version: 1, newLabels: ['a'] }),
    ).rejects.toMatchObject({ statusCode: 404 })
    const wrong = version3(server, 'sk-lf-wrong')
    await expect(wrong.getPrompt('p', undefined, { maxRetries: 0 })).rejects.toThrow(/token/i)
  })
})
