import * as yaml from 'yaml'
import { describe, expect, it } from 'vitest'
import { parseYamlText, yamlDocument, yamlWithTwins } from '../../../src/config/yaml.js'

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

  it('refuses a key that occurs twice in a mapping, with its place', () => {
    for (const [text, place] of [
      ['a: 1\nb: 2\na: 3\n', 'line 3, column 1'],
      ['x:\n  - { a: 1, b: 2, "a": 3 }\n', 'line 2, column 19'],
      ['1: a\n1: b\n', 'line 2, column 1'],
      ['? &k [a]\n: 1\nb: {c: 1, c: 2}\n', 'line 3, column 11'],
    ])
      expect(() => yamlDocument(text ?? '', yaml)).toThrow(
        `it is not valid YAML: Map keys must be unique at ${place}`,
      )
    expect(yamlDocument('a: { a: { a: 1 } }\n"1": x\n1: y\n', yaml).errors).toEqual([])
    expect(yamlWithTwins('a: 1\na: 2\n', yaml).errors).toEqual([])
  })

  it('looks at each key once to find one that occurs twice', () => {
    let looks = 0
    const counting = {
      ...yaml,
      isScalar: ((node: unknown) => {
        looks++
        return yaml.isScalar(node)
      }) as typeof yaml.isScalar,
      parseDocument: ((text: string, options: { uniqueKeys?: unknown }) => {
        // The composer's own check compares each key with all others.
        expect(options.uniqueKeys).toBe(false)
        return yaml.parseDocument(text, options as never)
      }) as unknown as typeof yaml.parseDocument,
    }
    const lines = Array.from({ length: 20_000 }, (_, at) => `key_${at}: ${at}`)
    yamlDocument(lines.join('\n'), counting)
    expect(looks).toBe(20_000)
    const twin = [...lines, 'key_0: again'].join('\n')
    expect(() => yamlDocument(twin, counting)).toThrow('at line 20001, column 1')
    expect(looks).toBe(40_001)
  })

  it('names the place of an error', () => {
    expect(() => yamlDocument('a: 1\n b: 2\n', yaml)).toThrow(/^it is not valid YAML: .* at line 1/)
  })
})
