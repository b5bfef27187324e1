import { describe, expect, it } from 'vitest'
import { connected } from './connected.js'

const READING = [
  'list_prompts',
  'get_prompt',
  'list_versions',
  'label_history',
  'diff_versions',
  'search_prompts',
  'render_prompt',
]

describe('the tools of the server', () => {
  it.each([
    [{}, ['propose_version']],
    [{ allowProposals: false }, []],
    [{ allowLabels: 'all' as const }, ['propose_version', 'set_label']],
    [{ allowProposals: false, allowLabels: ['staging'] }, ['set_label']],
  ])('are those that the rules allow: %j', async (rules, writing) => {
    const { client } = await connected(rules)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([...READING, ...writing])
  })

  it('say by their hints which of them change something', async () => {
    const { client } = await connected({ allowLabels: 'all' })
    const { tools } = await client.listTools()
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]))
    expect(READING.every((name) => hints[name]?.readOnlyHint === true)).toBe(true)
    expect(hints['propose_version']).toMatchObject({ readOnlyHint: false, destructiveHint: false })
    expect(hints['set_label']).toMatchObject({ readOnlyHint: false, destructiveHint: true })
  })

  it.each([
    ['get_prompt', {}, 'prompt_id:'],
    ['get_prompt', { prompt_id: 7 }, 'prompt_id:'],
    ['get_prompt', { prompt_id: 'p', verison: '1.0.0' }, '"verison"'],
    ['list_prompts', { limit: 1e9 }, 'limit:'],
    ['propose_version', { prompt_id: 'p', text: 'x' }, 'message:'],
  ])('refuse arguments of %s that do not fit: %j', async (name, args, named) => {
    const { failure } = await connected()
    const found = await failure(name, args)
    expect(found).toMatchObject({ code: 'ERR_HOLDFAST_ARGUMENT', retryable: false })
    expect((found as { message: string }).message).toContain(named)
  })

  it('return a failure of the library with its code and context', async () => {
    const { failure } = await connected()
    expect(
      await failure('get_prompt', { prompt_id: 'lost', version: '@production' }),
    ).toMatchObject({
      code: 'OPT-VER-002',
      context: { prompt_id: 'lost', reference: '@production' },
    })
    expect(await failure('get_prompt', { prompt_id: 'lost', version: 'v1' })).toMatchObject({
      code: 'ERR_HOLDFAST_ARGUMENT',
    })
  })

  it('do not exist under another name', async () => {
    const { client } = await connected()
    await expect(client.callTool({ name: 'set_label', arguments: {} })).rejects.toThrow(
      /There is no tool 'set_label'/,
    )
    await expect(client.callTool({ name: '__proto__' })).rejects.toThrow(/There is no tool/)
  })
})
