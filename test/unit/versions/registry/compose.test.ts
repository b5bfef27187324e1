import { describe, expect, it } from 'vitest'
import { compile } from '../../../../src/versions/registry/compile.js'
import { compose, type Loaded } from '../../../../src/versions/registry/compose.js'
import { formatReference, type Reference } from '../../../../src/versions/registry/reference.js'

/** Prompts by id: each reference finds version 1.0.0. */
function prompts(texts: Readonly<Record<string, string>>) {
  const calls: string[] = []
  return {
    calls,
    load: (id: string, reference: Reference): Loaded | undefined => {
      calls.push(`${id} ${formatReference(reference)}`)
      const text = texts[id]
      return text === undefined ? undefined : { version: '1.0.0', document: { text } }
    },
  }
}

describe('compose', () => {
  it('puts the texts in, and says which versions', async () => {
    const { load } = prompts({ tone: 'Be {{mood}}.', rules: '{{> tone@production }} No lies.' })
    const text = 'A {{name}}. {{> rules }} {{> tone@^1 }}'
    const { document, included } = await compose({ text }, load)
    expect(document).toEqual({ text: 'A {{name}}. Be {{mood}}. No lies. Be {{mood}}.' })
    expect(included).toEqual([
      { id: 'rules', reference: 'latest', version: '1.0.0' },
      { id: 'tone', reference: '@production', version: '1.0.0' },
      { id: 'tone', reference: '^1', version: '1.0.0' },
    ])
    expect(compile(document, { name: 'guide', mood: 'kind' }).text).toBe(
      'A guide. Be kind. No lies. Be kind.',
    )
  })

  it('composes each message, and includes the prompt of a whole version', async () => {
    const document = { prompt: { text: 'T' }, version: '2.0.0' }
    const messages = [
      { role: 'system', content: '{{> tone }}' },
      { role: 'user', content: [{ type: 'text', text: '{{> tone }}!' }] },
    ]
    const load = async (): Promise<Loaded> => await Promise.resolve({ version: '2.0.0', document })
    expect(await compose({ messages, config: 1 }, load)).toEqual({
      document: {
        messages: [
          { role: 'system', content: 'T' },
          { role: 'user', content: [{ type: 'text', text: 'T!' }] },
        ],
        config: 1,
      },
      included: [{ id: 'tone', reference: 'latest', version: '2.0.0' }],
    })
  })

  it('loads each reference once, so that a label that moves has one version', async () => {
    const { load, calls } = prompts({ a: 'A', b: '{{> a@production }}' })
    await compose({ text: '{{> a@production }}{{> b }}{{> a@production }}{{> a }}' }, load)
    expect(calls).toEqual(['a @production', 'b latest', 'a latest'])
  })

  it('never reads what it has put in again', async () => {
    const { load } = prompts({ a: '{{', b: '> c }}' })
    expect((await compose({ text: '{{> a }}{{> b }}' }, load)).document.text).toBe('{{> c }}')
  })

  it('needs no load for a prompt without includes', async () => {
    const { load, calls } = prompts({})
    expect(await compose({ text: '{{name}}' }, load)).toEqual({
      document: { text: '{{name}}' },
      included: [],
    })
    expect(calls).toEqual([])
  })

  it('names a prompt that does not exist, and where it is included', async () => {
    const { load } = prompts({ a: '{{> b@production }}' })
    await expect(compose({ text: '{{> a }}' }, load)).rejects.toMatchObject({
      code: 'OPT-VER-002',
      message: "Prompt 'b', included by a@1.0.0 has no version @production",
      context: { prompt_id: 'b', reference: '@production' },
    })
    await expect(compose({ text: '{{> x }}' }, load)).rejects.toThrow(
      "Prompt 'x' has no latest version",
    )
  })

  it('refuses a cycle and names it', async () => {
    const { load } = prompts({
      a: '{{> b }}',
      b: '{{> my id }}'.replace('my id', '"my id"'),
      'my id': '{{> a }}',
    })
    await expect(compose({ text: '{{> a }}' }, load)).rejects.toMatchObject({
      code: 'OPT-REF-001',
      message: "Prompts include each other in a cycle: a@1.0.0 > b@1.0.0 > 'my id'@1.0.0 > a@1.0.0",
      context: { reason: 'cycle', chain: expect.any(Array) },
    })
  })

  it('finds a cycle through the version itself', async () => {
    const { load, calls } = prompts({ a: '{{> root }}', root: '{{> a }}' })
    const root = { prompt_id: 'root', version: '1.0.0', prompt: { text: '{{> a }}' } }
    await expect(compose(root, load)).rejects.toThrow('root@1.0.0 > a@1.0.0 > root@1.0.0')
    expect(calls).toHaveLength(2)
  })

  it('lets a version include another version of its prompt', async () => {
    const load = (_: string, reference: Reference): Loaded =>
      formatReference(reference) === '2.0.0'
        ? { version: '2.0.0', document: { text: '2, then {{> a@1.0.0 }}' } }
        : { version: '1.0.0', document: { text: '1' } }
    expect((await compose({ text: '{{> a@2.0.0 }}' }, load)).document.text).toBe('2, then 1')
  })

  it('limits the depth', async () => {
    const texts = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [`p${at}`, at === 8 ? 'end' : `{{> p${at + 1} }}`]),
    )
    const { load } = prompts(texts)
    expect((await compose({ text: '{{> p1 }}' }, load)).document.text).toBe('end')
    await expect(compose({ text: '{{> p0 }}' }, load)).rejects.toMatchObject({
      code: 'OPT-REF-001',
      message: expect.stringMatching(
        /^More than 8 prompts include each other in a row: p0@1\.0\.0 > /,
      ),
      context: { reason: 'depth' },
    })
    await expect(compose({ text: '{{> p7 }}' }, load, { depthMax: 1 })).rejects.toThrow(
      'More than 1',
    )
    expect((await compose({ text: '{{> p0 }}' }, load, { depthMax: 9 })).document.text).toBe('end')
  })

  it('limits what prompts that include each other many times become', async () => {
    const ten = (id: string): string => `{{> ${id} }}`.repeat(10)
    const { load } = prompts({ a: ten('b'), b: ten('c'), c: ten('d'), d: ten('e'), e: '' })
    const refused = { code: 'OPT-REF-001', context: { reason: 'size' } }
    await expect(compose({ text: '{{> a }}' }, load)).rejects.toMatchObject(refused)
    const long = prompts({ a: ten('b'), b: 'x'.repeat(100_000) })
    expect((await compose({ text: '{{> a }}' }, long.load)).document.text).toHaveLength(1_000_000)
    await expect(compose({ text: '{{> a }}!' }, long.load)).rejects.toMatchObject(refused)
  })

  it('refuses a chat in a text', async () => {
    const load = (): Loaded => ({ version: '1.0.0', document: { messages: [] } })
    await expect(compose({ text: '{{> chat }}' }, load)).rejects.toMatchObject({
      code: 'OPT-REF-001',
      message: 'chat@1.0.0 is a chat and cannot be in a text',
      context: { reason: 'not_text' },
    })
  })

  it('refuses wrong arguments', async () => {
    const { load } = prompts({})
    await expect(compose({ text: '' }, load, { depthMax: 0 })).rejects.toThrow('"depthMax"')
    await expect(compose({ text: '' }, load, { depth: 1 } as object)).rejects.toThrow('depthMax')
    await expect(compose({ text: '' }, undefined as never)).rejects.toThrow('"load"')
    await expect(compose({} as { text: string }, load)).rejects.toThrow('neither')
    await expect(compose({ text: '{{> }}' }, load)).rejects.toThrow('Cannot include')
  })
})
