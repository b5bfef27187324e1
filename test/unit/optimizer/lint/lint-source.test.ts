import { describe, expect, it } from 'vitest'
import { lintSource } from '../../../../src/optimizer/lint/lint-source.js'
import { toSarif } from '../../../../src/optimizer/lint/sarif.js'
import { randomSource } from '../../../support/hostile-proposals.js'
import { HAS_PYYAML, readByPyYaml } from '../../../support/pyyaml.js'
import { SEED } from '../../../support/random.js'
import { REAL_FILES } from '../../dify/dify-files.js'

const WHOLE = 'app: {mode: workflow, name: a}\nworkflow: {graph: {nodes: [], edges: []}}\n'

describe('lintSource', () => {
  it.each([
    ['', 1, 1, 'not-importable'],
    ['a: [1', 1, 6, 'invalid-yaml'],
    ['a: 1\nb: "x', 2, 4, 'invalid-yaml'],
    ['a: 1\n---\nb: 2\n', 2, 1, 'invalid-yaml'],
    [Buffer.from('a: 1\nb: \u00ff', 'latin1'), 2, 4, 'invalid-yaml'],
    [Buffer.from('\ufeffa: [', 'utf16le'), 1, 5, 'invalid-yaml'],
    [`a: ${'['.repeat(200)}`, 1, 103, 'invalid-yaml'],
    ['just a text', 1, 1, 'not-importable'],
    ['services: {web: {image: nginx}}', 1, 1, 'not-importable'],
  ] as const)('reports a file that Dify refuses at its place: %j', (bytes, line, column, rule) => {
    const findings = lintSource(bytes, 'a.yml')
    expect(findings).toMatchObject([{ rule, severity: 'error', file: 'a.yml', line, column }])
    const [result] = toSarif(findings, { version: '0.1.0' }).runs[0]?.results ?? []
    expect(result?.ruleId).toBe(rule)
    const region = { startLine: line, startColumn: column }
    expect(result?.locations[0]?.physicalLocation.region).toEqual(region)
  })

  it('checks what Dify reads as lintDifyFile does', () => {
    expect(lintSource(WHOLE, 'a.yml')).toEqual([])
    const edge = WHOLE.replace('edges: []', 'edges: [{source: a, target: b}]')
    expect(lintSource(edge, 'a.yml').map(({ rule }) => rule)).toEqual([
      'dangling-edge',
      'dangling-edge',
    ])
  })

  it('refuses wrong options for a file that Dify refuses, too', () => {
    expect(() => lintSource('a: [', 'a.yml', { rules: { 'no-such': 'off' } as never })).toThrow(
      'no-such',
    )
    expect(() => lintSource(1 as never, 'a.yml')).toThrow(TypeError)
  })
})

/** What is put into real files, one at a time: each is refused in some places and read in others. */
const PIECES = [
  '\t',
  ' ',
  '\n',
  '- ',
  ':',
  ': ',
  '#',
  '"',
  "'",
  '|',
  '&a ',
  '*a',
  '!x ',
  '{',
  ']',
  ',',
].concat([
  '\u0007',
  '\\',
  '---\n',
  '<<: ',
  '!!int ',
  '2024-02-30',
  '2024-01-01',
  '?',
  '@',
  '%',
  '=',
  '🤔',
])

describe.skipIf(!HAS_PYYAML)('beside PyYAML, which Dify reads its files with', () => {
  it('reports exactly the edited real files that PyYAML refuses', () => {
    const random = randomSource(SEED)
    const small = REAL_FILES.filter(([, bytes]) => bytes.length < 5000)
    const edited = Array.from({ length: 250 }, () => {
      const [, bytes] = small[Math.floor(random() * small.length)] as (typeof small)[number]
      const text = Buffer.from(bytes).toString()
      const at = Math.floor(random() * text.length)
      const piece = PIECES[Math.floor(random() * PIECES.length)] as string
      return text.slice(0, at) + piece + text.slice(at)
    })
    const refused = readByPyYaml(edited).map(({ ok }) => ok === undefined)
    const wrong = edited.filter((text, at) => {
      const rules = lintSource(text, 'a.yml').map(({ rule }) => rule)
      // A character within a name may hide what makes the file an app: it is reported as that.
      if (refused[at] === true) return !/invalid-yaml|not-importable/.test(rules.join())
      return rules.includes('invalid-yaml')
    })
    expect(wrong).toEqual([])
    expect(refused.filter(Boolean).length).toBeGreaterThan(30)
  })
})
