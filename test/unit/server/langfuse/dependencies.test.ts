import { describe, expect, it } from 'vitest'
import {
  DEPTH_MAX,
  hasDependencies,
  resolveDependencies,
  type Dependency,
} from '../../../../src/server/langfuse/dependencies.js'
import type { PromptBody } from '../../../../src/versions/registry/template.js'

const tag = (name: string, which = 'label=production'): string =>
  `@@@langfusePrompt:name=${name}|${which}@@@`

function prompt(name: string, body: PromptBody): Dependency {
  return { id: `${name}:1`, name, version: 1, body }
}

async function resolved(text: string, others: Readonly<Record<string, PromptBody>> = {}) {
  const load = async (name: string): Promise<Dependency | undefined> => {
    const body = others[name]
    return await Promise.resolve(body && prompt(name, body))
  }
  return await resolveDependencies(prompt('root', { text }), load, 409)
}

describe('prompts that include others by the tags of Langfuse', () => {
  it('have their texts, and a graph of what was included', async () => {
    const { body, graph } = await resolved(`A ${tag('b')} ${tag('c', 'version=1')}`, {
      b: { text: `B(${tag('c')})` },
      c: { text: 'C' },
    })
    expect(body).toEqual({ text: 'A B(C) C' })
    expect(graph).toEqual({
      root: { id: 'root:1', name: 'root', version: 1 },
      dependencies: {
        'root:1': [
          { id: 'b:1', name: 'b', version: 1 },
          { id: 'c:1', name: 'c', version: 1 },
        ],
        'b:1': [{ id: 'c:1', name: 'c', version: 1 }],
      },
    })
  })

  it('are left as they are without such a tag', async () => {
    for (const text of [
      'plain',
      '@@@langfusePrompt:name=b@@@',
      '@@@langfusePrompt:name=b|v=1@@@',
    ]) {
      expect(hasDependencies({ text })).toBe(false)
      expect(await resolved(text)).toEqual({ body: { text }, graph: null })
    }
  })

  it('include in the messages of a chat, too', async () => {
    const root = prompt('root', { messages: [{ role: 'system', content: tag('b') }] })
    const load = async (): Promise<Dependency> => await Promise.resolve(prompt('b', { text: 'B' }))
    const { body } = await resolveDependencies(root, load, 409)
    expect(body).toEqual({ messages: [{ role: 'system', content: 'B' }] })
  })

  it.each([
    ['what does not exist', tag('lost'), {}, /not found: 'lost'/],
    ['a chat', tag('b'), { b: { messages: [] } }, /not a text prompt: 'b'/],
    ['itself', tag('root'), {}, /cycle: 'root'/],
    ['what includes it', tag('b'), { b: { text: tag('root') } }, /cycle/],
  ])('cannot include %s', async (_what, text, others, message) => {
    await expect(resolved(text, others)).rejects.toThrow(message)
  })

  it('cannot include too deeply', async () => {
    const names = Array.from({ length: DEPTH_MAX + 2 }, (_, at) => `p${at}`)
    const others = Object.fromEntries(
      names.map((name, at) => [name, { text: at + 1 < names.length ? tag(`p${at + 1}`) : 'end' }]),
    )
    await expect(resolved(tag('p0'), others)).rejects.toThrow(/More than 5/)
    expect((await resolved(tag('p2'), others)).body).toEqual({ text: 'end' })
  })
})
