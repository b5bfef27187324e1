import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDotprompt, parseDotprompt } from '../../../src/interchange/dotprompt.js'
import { completePrompt, fieldsLost } from '../../../src/interchange/prompt-file.js'
import type { PromptContent } from '../../../src/versions/prompts/prompt.js'
import { hostileText } from './texts.js'

const FILE = `---
model: googleai/gemini-2.0-flash # the fast one
config:
  temperature: 0.9
input:
  schema:
    location: string, the place
    days?: integer
---

{{role "system"}}
You describe the weather.
{{role "user"}}
What is it like in {{location}}?
{{role "model"}}
Sunny.
`

async function format(prompt: PromptContent): Promise<string | undefined> {
  return await formatDotprompt(completePrompt('p', prompt))
}

describe('a dotprompt file', () => {
  it('has its front matter as the config, and its roles as messages', async () => {
    expect(await parseDotprompt(FILE)).toEqual({
      kind: 'prompt',
      prompt: {
        messages: [
          { role: 'system', content: 'You describe the weather.' },
          { role: 'user', content: 'What is it like in {{location}}?' },
          { role: 'assistant', content: 'Sunny.' },
        ],
        config: {
          model: 'googleai/gemini-2.0-flash',
          config: { temperature: 0.9 },
          input: { schema: { location: 'string, the place', 'days?': 'integer' } },
        },
      },
    })
  })

  it('without front matter and roles is the text of the user, as it is', async () => {
    for (const text of ['Hello', ' Hello\r\n', '# Title\n\nHello', '\n--- \nnot closed'])
      expect(await parseDotprompt(text)).toEqual({ kind: 'prompt', prompt: { text, role: 'user' } })
  })

  it('loses the blank space around the template, as dotprompt itself does', async () => {
    const text = '\n# A licence\n--- \r\n{}\r\n---\r\n\n  Hello \n'
    expect(await parseDotprompt(text)).toEqual({
      kind: 'prompt',
      prompt: { text: 'Hello', role: 'user' },
    })
  })

  it.each([
    '{{role "system"}}{{#if x}}Hi{{/if}}{{role "user"}}Hello',
    '{{role "system"}}Hi{{history}}',
    'Hi {{role "user"}}Hello',
  ])('whose messages depend on values is one text: %s', async (text) => {
    expect(await parseDotprompt(text)).toEqual({ kind: 'prompt', prompt: { text, role: 'user' } })
  })

  it('with one role is a text of that role', async () => {
    const prompt = { text: 'Be kind.', role: 'system' }
    expect(await parseDotprompt('{{ role "system" }}\nBe kind.\n')).toEqual({
      kind: 'prompt',
      prompt,
    })
    expect(await format(prompt)).toBe('{{role "system"}}\nBe kind.\n')
  })

  it('that is empty has no prompt', async () => {
    for (const text of ['', ' \n', '---\nmodel: m\n---\n', '---\nmodel: m\n---'])
      expect(await parseDotprompt(text)).toMatchObject({ kind: 'skipped' })
  })

  it('with a wrong front matter is refused, with the line', async () => {
    expect(await parseDotprompt('#\n---\na: 1\nb: [1, 2\n---\nHi')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('front matter'),
      line: 5,
    })
    expect(await parseDotprompt('---\n- a\n---\nHi')).toEqual({
      kind: 'refused',
      reason: 'its front matter is not a mapping',
      line: 2,
    })
    expect(await parseDotprompt('---\na: .nan\n---\nHi')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('"front matter.a"'),
    })
  })

  it('holds no message that is more than a role and a text, and no role of its own', async () => {
    const messages = [{ role: 'user', content: [{ text: 'Hi' }] }]
    expect(await format({ messages })).toBeUndefined()
    expect(await format({ messages: [{ role: 'user', content: 'Hi', name: 'a' }] })).toBeUndefined()
    expect(await format({ text: 'Hi', role: 'narrator' })).toBeUndefined()
  })

  it('quotes a text that looks like front matter', async () => {
    const text = '---\na: 1\n---\nHi'
    expect(await format({ text, role: 'user' })).toBe(`---\n{}\n---\n${text}\n`)
  })

  it('has every prompt that it can hold, and says what it loses', async () => {
    const role = fc.constantFrom('user', 'assistant', 'system', 'tool')
    const content = fc.oneof(
      fc.record({ text: hostileText, role }),
      fc.record({
        messages: fc.array(fc.record({ role, content: hostileText }), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
    )
    const config = fc.option(fc.dictionary(fc.string(), fc.oneof(hostileText, fc.integer())))
    await fc.assert(
      fc.asyncProperty(content, config, async (prompt, given) => {
        const whole = completePrompt('p', {
          ...prompt,
          ...(given === null ? {} : { config: { ...given } }),
        } as PromptContent)
        const text = await formatDotprompt(whole)
        const parsed = await parseDotprompt(text ?? '')
        // Whatever is read: what differs is named, and what is not named is the same.
        const lost = fieldsLost(whole, parsed)
        if (parsed.kind !== 'prompt') return expect(lost.length).toBeGreaterThan(0)
        const back = completePrompt('p', parsed.prompt)
        for (const field of ['text', 'messages', 'role'])
          if (!lost.includes(field) && Reflect.get(whole, field) !== undefined)
            expect(Reflect.get(back, field)).toEqual(Reflect.get(whole, field))
      }),
      { numRuns: 200 },
    )
  })

  it('has a text of the user exactly, if there is no config', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const whole = completePrompt('p', { text, role: 'user' })
        const lost = fieldsLost(whole, await parseDotprompt((await formatDotprompt(whole)) ?? ''))
        // A role at the beginning, and blank space beside a quoted front matter, are read as what they are there.
        const isSpecial = /^\s|\s$|^\uFEFF|^\{\{role|^(#.*\s+|\s)*---/.test(text)
        if (!isSpecial) expect(lost).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
