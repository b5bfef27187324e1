import { describe, expect, it } from 'vitest'
import { suggestBump } from '../../../../src/versions/registry/suggest-bump.js'
import type { Template } from '../../../../src/versions/registry/template.js'

const user = { role: 'user', content: '{{q}}' }
const system = { role: 'system', content: 'Be kind.' }

describe('suggestBump', () => {
  it.each<[before: Template, after: Template, bump: string, reasons: string[]]>([
    [
      { text: 'Hi {{a}}' },
      { text: 'Hi' },
      'major',
      ['placeholder {{a}} was removed', 'words changed'],
    ],
    [
      { text: '{{a}}' },
      { text: '{{b}}' },
      'major',
      ['placeholder {{a}} was removed', 'placeholder {{b}} was added', 'words changed'],
    ],
    [
      { text: '{{#1.text#}}' },
      { text: 'x' },
      'major',
      ['placeholder {{#1.text#}} was removed', 'words changed'],
    ],
    [{ text: '{{q}}' }, { messages: [user] }, 'major', ['the prompt became messages']],
    [{ messages: [user] }, { text: '{{q}}' }, 'major', ['the prompt became a text']],
    [
      { text: '{{a}}' },
      { text: '{{a}} {{b}}' },
      'minor',
      ['placeholder {{b}} was added', 'words changed'],
    ],
    [
      { messages: [user] },
      { messages: [system, user] },
      'minor',
      ['there are 2 messages instead of 1', 'words changed'],
    ],
    [
      { messages: [user] },
      { messages: [{ ...user, role: 'developer' }] },
      'minor',
      ['roles changed'],
    ],
    [
      { messages: [user], config: { model: 'a' } },
      { messages: [user] },
      'minor',
      ['config changed'],
    ],
    [
      { text: '{{> tone@^1 }}' },
      { text: '{{> tone@^2 }}' },
      'minor',
      ['other prompts or versions are included', 'words changed'],
    ],
    [{ text: 'a' }, { text: 'b' }, 'patch', ['words changed']],
    [{ text: '{{ a }}' }, { text: '{{a}}' }, 'patch', ['words changed']],
    [{ text: '{{a}} {{b}}' }, { text: '{{b}} {{a}}' }, 'patch', ['words changed']],
    [
      { messages: [user] },
      { messages: [{ ...user, name: 'n' }] },
      'patch',
      ['other fields changed'],
    ],
  ])('compares %j with %j: %s', (before, after, bump, reasons) => {
    expect(suggestBump(before, after)).toEqual({ bump, reasons })
  })

  it('compares the prompt of versions alone', () => {
    const version = (number: string, prompt: object): Template =>
      ({ version: number, created_at: number, prompt: { text: 'a', ...prompt } }) as Template
    expect(suggestBump(version('1.0.0', {}), version('1.0.1', {}))).toBeUndefined()
    expect(
      suggestBump(version('1.0.0', { role: 'user' }), version('1.0.1', { role: 'system' })),
    ).toEqual({
      bump: 'minor',
      reasons: ['roles changed'],
    })
    expect(suggestBump(version('1.0.0', {}), version('1.0.1', { context: {} }))).toEqual({
      bump: 'patch',
      reasons: ['other fields changed'],
    })
  })

  it('is undefined when nothing changed, whatever the order of the fields', () => {
    const image = { type: 'image', url: 'u' }
    const one = {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, image] }, { role: 'tool' }],
    }
    const other = {
      messages: [{ content: [{ text: 'a', type: 'text' }, image], role: 'user' }, { role: 'tool' }],
    }
    expect(suggestBump(one, other)).toBeUndefined()
    expect(suggestBump({ text: 'a', config: undefined }, { text: 'a' })).toBeUndefined()
  })

  it('refuses what is not a prompt', () => {
    expect(() => suggestBump({} as Template, { text: '' })).toThrow('Argument "before" must be')
    expect(() => suggestBump({ text: '' }, {} as Template)).toThrow('Argument "after" must be')
  })
})
