import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  completePrompt,
  fieldsLost,
  formatPromptFile,
  isPromptPath,
  parsePromptFile,
  promptWithVariables,
  withVariables,
} from '../../../src/interchange/prompt-file.js'
import type { PromptContent } from '../../../src/versions/prompts/prompt.js'
import { hostileText } from './texts.js'

describe('the file of a prompt', () => {
  it('is known by its extension', () => {
    expect(['a.json', 'a/b.prompt', 'a.b.txt'].every(isPromptPath)).toBe(true)
    expect(['a', 'a.md', '.json', 'a.json/b'].some(isPromptPath)).toBe(false)
  })

  it('is a text as it is, with its placeholders as variables', async () => {
    const text = ' Hello {{name}}\r\n'
    expect(await parsePromptFile('a.txt', text)).toEqual({
      kind: 'prompt',
      prompt: { text, variables: ['name'] },
    })
  })

  it('is in JSON a prompt, a list of messages, or the record of a version', async () => {
    const messages = [{ role: 'user', content: 'Hi {{x}}' }]
    const read = async (value: unknown): Promise<unknown> =>
      await parsePromptFile('a.json', JSON.stringify(value))
    expect(await read({ text: 'Hi', variables: ['y'] })).toEqual({
      kind: 'prompt',
      prompt: { text: 'Hi', variables: ['y'] },
    })
    const chat = { kind: 'prompt', prompt: { messages, variables: ['x'] } }
    expect(await read({ messages })).toEqual(chat)
    expect(await read(messages)).toEqual(chat)
    const record = { prompt_id: 'a', version: '1.0.0', prompt: { text: 'Hi' } }
    expect(await read(record)).toEqual({ kind: 'record', record })
  })

  it('that is blank is skipped', async () => {
    for (const name of ['a.txt', 'a.json', 'a.prompt'])
      expect(await parsePromptFile(name, ' \r\n')).toEqual({
        kind: 'skipped',
        reason: 'it has no text',
      })
    expect(await parsePromptFile('a.json', '{ "text": " " }')).toMatchObject({ kind: 'skipped' })
  })

  it('that is not a prompt is refused, with the line if there is one', async () => {
    expect(await parsePromptFile('a.json', '{\n"text": oops }')).toMatchObject({
      kind: 'refused',
      reason: 'it is not JSON',
    })
    for (const text of ['{}', '3', 'null', '{"name":"package"}'])
      expect(await parsePromptFile('a.json', text)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('it is not a prompt'),
      })
  })

  it('has the same prompt when it is read again', async () => {
    const prompt = fc.oneof(
      fc.record({ text: hostileText, role: fc.constantFrom('system', 'user', 'x') }),
      fc.record({
        messages: fc.array(fc.record({ role: hostileText, content: hostileText }), {
          minLength: 1,
        }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(prompt, async (given) => {
        const whole = completePrompt('p', promptWithVariables(given as PromptContent))
        const text = (await formatPromptFile('p.json', whole)) ?? ''
        expect(fieldsLost(whole, await parsePromptFile('p.json', text))).toEqual([])
        if (whole.text === undefined) return
        expect(await formatPromptFile('p.txt', whole)).toBe(whole.text)
        const lost = fieldsLost(whole, await parsePromptFile('p.txt', whole.text))
        expect(lost).toEqual(whole.role === 'system' ? [] : ['role'])
      }),
    )
  })

  it('that cannot hold messages is not made', async () => {
    const chat = completePrompt('p', { messages: [{ role: 'user', content: 'Hi' }] })
    expect(await formatPromptFile('p.txt', chat)).toBeUndefined()
  })

  it('of any other text is read, skipped or refused', async () => {
    const frame = fc.constantFrom(
      '',
      '---\n',
      '{"text":',
      '[{"role":"user","content":',
      '{{role "system"}}',
    )
    const middle = fc.constantFrom('', '\n---\n', '}', '}]', '{{role "user"}}')
    const name = fc.constantFrom('a.json', 'a.prompt', 'a.txt')
    await fc.assert(
      fc.asyncProperty(frame, hostileText, middle, hostileText, name, async (...parts) => {
        const path = parts.pop() ?? ''
        const { kind } = await parsePromptFile(path, parts.join(''))
        expect(['prompt', 'record', 'skipped', 'refused']).toContain(kind)
      }),
      { numRuns: 300 },
    )
  })

  it('says by its path what the prompt is called', () => {
    expect(() => completePrompt('a', { id: 'b', text: 'Hi' })).toThrow(
      `its "id" is 'b', but its path says 'a'`,
    )
    expect(() => completePrompt('a', { text: '' })).toThrow('Field "prompt.text"')
  })

  it('that could not be read has lost every field', () => {
    const whole = completePrompt('p', { text: 'Hi' })
    expect(fieldsLost(whole, { kind: 'refused', reason: 'x' })).toContain('text')
    expect(fieldsLost(whole, { kind: 'prompt', prompt: { text: ' ' } })).toContain('text')
  })

  it('leaves what is not a prompt for the schema to refuse', () => {
    const prompt = { messages: 3 } as unknown as PromptContent
    expect(promptWithVariables(prompt)).toBe(prompt)
    const fault = { kind: 'refused', reason: 'x' } as const
    expect(withVariables(fault)).toBe(fault)
  })
})
