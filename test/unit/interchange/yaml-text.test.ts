import { describe, expect, it } from 'vitest'
import { parseYamlText, yamlText } from '../../../src/interchange/yaml-text.js'

describe('a YAML text', () => {
  it('has a value, and a line for each part of it', async () => {
    const parsed = await parseYamlText('# x\nprompts:\n  - a\n  - id: b\n')
    if (parsed.kind !== 'value') throw new Error(parsed.reason)
    expect(parsed.value).toEqual({ prompts: ['a', { id: 'b' }] })
    expect(parsed.lineOf(['prompts', 1])).toBe(4)
    expect(parsed.lineOf(['prompts', 5])).toBeUndefined()
  })

  it('that is wrong is refused, with the line', async () => {
    expect(await parseYamlText('a: 1\nb: [')).toMatchObject({ kind: 'refused', line: 2 })
    expect(await parseYamlText('['.repeat(99))).toMatchObject({ kind: 'refused' })
  })

  it('with a key that occurs twice is refused, in a time that grows with its length only', async () => {
    expect(await parseYamlText('a:\n  b: 1\n  c: 2\n  "b": 3')).toEqual({
      kind: 'refused',
      reason: 'a key occurs twice',
      line: 4,
    })
    expect(await parseYamlText('{ a: 1, b: { a: 1 } }')).toMatchObject({ kind: 'value' })
    const many = Array.from({ length: 20_000 }, (_, at) => `k${at}: 1\n`).join('')
    const begin = performance.now()
    expect(await parseYamlText(many)).toMatchObject({ kind: 'value' })
    // Comparing each key with all others takes ten times as long.
    expect(performance.now() - begin).toBeLessThan(5000)
  })

  it('that unfolds too far is refused', async () => {
    const bomb = Array.from({ length: 9 }, (_, at) =>
      at === 0 ? '- &a0 [x, x, x, x, x, x, x, x, x]' : `- &a${at} [${`*a${at - 1}, `.repeat(9)}]`,
    ).join('\n')
    expect(await parseYamlText(bomb)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('alias'),
    })
  })

  it('is written so that long texts are not folded', async () => {
    const value = { text: `${'word '.repeat(50)}end`, list: [1, 'yes', '---\n'] }
    const text = await yamlText(value)
    const parsed = await parseYamlText(text)
    expect(parsed).toMatchObject({ value })
    expect(text.split('\n')[0]).toContain('end')
  })
})
