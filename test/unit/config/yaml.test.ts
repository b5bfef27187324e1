import * as yaml from 'yaml'
import { describe, expect, it } from 'vitest'
import { parseYamlText, yamlDocument } from '../../../src/config/yaml.js'

describe('parseYamlText', () => {
  it('reads the values of YAML 1.2', async () => {
    expect(await parseYamlText('a: 1\nb: [true, null, "x"]\nc: no\n')).toEqual({
      a: 1,
      b: [true, null, 'x'],
      c: 'no',
    })
  })

  it('repeats aliases a few times, and not without end', async () => {
    expect(await parseYamlText('a: &x { b: 1 }\nc: *x\n')).toEqual({ a: { b: 1 }, c: { b: 1 } })
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 9; level++) {
      const alias = `*a${level - 1}`
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => alias).join(', ')}]`)
    }
    await expect(parseYamlText(lines.join('\n'))).rejects.toThrow(/alias/i)
  })
})

describe('yamlDocument', () => {
  it('keeps comments', () => {
    expect(yamlDocument('a: 1 # one\n', yaml).toString()).toBe('a: 1 # one\n')
  })

  it('refuses a text that is deeper than its parser can read', () => {
    for (const text of ['['.repeat(100_000), `${'- '.repeat(1000)}x`, `${'{a: '.repeat(1000)}`])
      expect(() => yamlDocument(text, yaml)).toThrow('it is nested more than 50 levels deep')
  })

  it('names the place of an error', () => {
    expect(() => yamlDocument('a: 1\n b: 2\n', yaml)).toThrow(/^it is not valid YAML: .* at line 1/)
  })
})
