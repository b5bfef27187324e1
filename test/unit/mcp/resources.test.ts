import { describe, expect, it } from 'vitest'
import { parseResourceUri, resourceUri } from '../../../src/mcp/resources.js'
import { connected } from './connected.js'

describe('the resources of the server', () => {
  it('are the documents of versions', async () => {
    const { client, registry } = await connected()
    const id = 'team/a b/versions/ü'
    await registry.publish(id, { text: 'One' }, { labels: ['production'] })
    await registry.publish(id, { text: 'Two' })
    const { resources } = await client.listResources()
    expect(resources).toEqual([
      { uri: resourceUri(id, 'latest'), name: id, mimeType: 'application/json' },
    ])
    const read = async (reference: string): Promise<unknown> => {
      const { contents } = await client.readResource({ uri: resourceUri(id, reference) })
      return JSON.parse(String(Reflect.get(contents[0] as object, 'text')))
    }
    expect(await read('latest')).toEqual(await registry.get(id))
    expect(await read('@production')).toMatchObject({ version: '1.0.0' })
  })

  it('have a template that says how a version is named', async () => {
    const { client } = await connected()
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([
      { uriTemplate: 'holdfast://prompts/{prompt_id}/versions/{version}' },
    ])
  })

  it('come in pages', async () => {
    const { client, registry } = await connected()
    for (let at = 0; at < 101; at++) await registry.publish(`p${at}`, { text: 'x' })
    const { resources, nextCursor } = await client.listResources()
    const rest = await client.listResources({ cursor: String(nextCursor) })
    expect([resources.length, rest.resources.length, rest.nextCursor]).toEqual([100, 1, undefined])
  })

  it('that do not exist have the code of the protocol for it', async () => {
    const { client } = await connected()
    await expect(client.readResource({ uri: resourceUri('p', '1.0.0') })).rejects.toMatchObject({
      code: -32_002,
      data: { code: 'OPT-VER-002' },
    })
  })

  it.each([
    'file:///etc/passwd',
    'holdfast://prompts/',
    'holdfast://prompts/p',
    'holdfast://prompts/p/versions/',
    'holdfast://prompts/p/versions/1.0.0/versions/2.0.0',
    'holdfast://prompts/%zz/versions/1.0.0',
    resourceUri('holdfast:ledger:x', 'latest'),
    resourceUri('p', 'v1'),
  ])('are not %s', async (uri) => {
    const { client } = await connected()
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32_602 })
  })

  it('are found again by their URI', () => {
    for (const id of ['a', 'a/b', '%2F', '日本', 'x?y#z'])
      expect(parseResourceUri(resourceUri(id, '@live'))).toEqual({
        promptId: id,
        reference: '@live',
      })
  })
})
