import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'
import { nodeAt, type YamlNode } from '../../../../src/dify/file/yaml-tree.js'
import { isPrintable, writeQuoted, writeScalar } from '../../../../src/dify/file/write-scalar.js'
import { HAS_PYYAML, readByPyYaml } from '../../../support/pyyaml.js'
import { seeded } from '../../../support/random.js'

/** The whole file with another text at `/a/0/b`. */
function written(source: string, text: string, write = writeScalar): string {
  const scalar = nodeAt(read(source), '/a/0/b')
  if (scalar?.kind !== 'scalar') throw new Error('there is no scalar')
  const { range, characters } = write(source, scalar, text)
  return source.slice(0, range.start) + characters + source.slice(range.end)
}

function read(source: string): YamlNode {
  return readYaml(source, () => undefined)
}

describe('a text in place of another', () => {
  it.each([
    ['plain', 'old', 'new text', 'new text'],
    ['single quotes', "'old'", "it's: new", "'it''s: new'"],
    ['single quotes over lines', "'old'", 'one\n\ntwo\n', "'one\n\n\n      two\n\n      '"],
    ['double quotes', '"old"', 'a "b" \\ \n\t\u0007é🤔', '"a \\"b\\" \\\\ \\n\\t\\u0007é🤔"'],
    ['a literal block', '|-\n      old', ' x\n\ny\n', '|2\n       x\n\n      y\n'],
    ['a folded block', '>\n     old\n', 'x\ny\n z\n', '>\n     x\n\n     y\n      z\n'],
  ])('stays in %s', (_what, before, text, after) => {
    // Two columns: the list's item, and its key.
    const source = `a:\n  - b: ${before}`
    expect(written(source, text)).toBe(`a:\n  - b: ${after}`)
  })

  it.each([
    ['plain with a colon', 'old', 'a: b', '"a: b"'],
    ['plain that YAML reads as a boolean', 'old', 'yes', '"yes"'],
    ['plain that other readers read as a number', 'old', '1e3', '"1e3"'],
    ['plain over lines', 'old', 'a\nb', '"a\\nb"'],
    ['single quotes with a blank beside a line break', "'old'", 'a \nb', '"a \\nb"'],
    ['single quotes with a control character', "'old'", 'a\u0000', '"a\\0"'],
    ['a block with a line separator', '|-\n      old\n', 'a\u2028b', '"a\\Lb"\n'],
    ['a block of blanks', '>-\n      old\n', '\n', '"\\n"\n'],
    ['a missing value', '', 'a\nb', '"a\\nb" '],
  ])('is in double quotes where it cannot be %s', (_what, before, text, after) => {
    expect(written(`a:\n  - b: ${before}`, text)).toBe(`a:\n  - b: ${after}`)
  })

  it('is separated from a colon or a dash', () => {
    expect(written('a:\n  - b:\n    c: 1\n', 'new')).toBe('a:\n  - b: new\n    c: 1\n')
  })

  it('keeps the line breaks of the file', () => {
    expect(written('a:\r\n  - b: |-\r\n      old\r\n    c: 1\r\n', 'x\ny')).toBe(
      'a:\r\n  - b: |-\r\n      x\r\n      y\r\n    c: 1\r\n',
    )
    expect(written("a:\r\n  - b: 'old'\r\n", 'x\ny')).toBe("a:\r\n  - b: 'x\r\n\r\n      y'\r\n")
  })

  it('takes the place of an alias, and leaves what the alias refers to', () => {
    expect(written('z: &z old\na:\n  - b: *z\n', 'new')).toBe('z: &z old\na:\n  - b: new\n')
    expect(written('z: &z |\n  old\na:\n  - b: *z\n', 'new')).toBe(
      'z: &z |\n  old\na:\n  - b: "new"\n',
    )
  })

  it('leaves anchors and tags', () => {
    expect(written('a:\n  - b: &x !!str old\n', 'new')).toBe('a:\n  - b: &x !!str new\n')
  })

  it('can always be in double quotes', () => {
    expect(written('a:\n  - b: |+\n      old\n\n    c: 1\n', 'new', writeQuoted)).toBe(
      'a:\n  - b: "new"\n\n    c: 1\n',
    )
  })
})

it('characters that only an escape can write', () => {
  const codes = [0, 7, 0x7f, 0x85, 0x2028, 0x2029, 0xfeff, 0xfffe, 0x0d]
  expect(codes.filter((code) => isPrintable(String.fromCharCode(code)))).toEqual([])
  expect(isPrintable('a\tb\né\u00a0中🤔')).toBe(true)
})

/** Each style, with something behind it that must stay. */
const SOURCES = [
  'a:\n  - b: old\n    c: keep\n',
  "a:\n- b: 'old\n\n    text'\n  c: keep\n",
  'a:\n  - b: "old"\n    c: keep\n',
  'a:\n  - b: |- # comment\n      old\n\n\n    # note\n    c: keep\n',
  'a:\n- b: |2+\n\n     old\n\n  c: keep\n',
  'a:\r\n  - b: >\r\n        old\r\n        text\r\n\r\n    c: keep\r\n',
  'a: [{b: old, c: keep}]\n',
  'a: [{b: "old", c: keep}]\n',
  'a:\n  - c: keep\n    b:\n',
  'a:\n  - c: keep\n    b: |-\n      old',
  '\ufeffa:\n  - c: keep\n    b: >+\n      old\n\n',
]
const PIECES = ['a', 'b c', ' ', '\n', '\n\n', '\t', ': ', '#', ' #', "'", '"', '\\', '- ', '|', '{{#1.x#}}', '中文', '🤔', '\r', '\u0085', '\u2028', '\u0000', '\ufeff', '---', '...', 'yes', '12:30', '%', '@', ','] // prettier-ignore

describe('a random text', () => {
  const { seed, numRuns } = seeded(2000)
  const texts = fc
    .sample(fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }), { seed, numRuns })
    .map((pieces) => pieces.join(''))
  const cases = texts.flatMap((text, at) => {
    const source = SOURCES[at % SOURCES.length] ?? ''
    const present = nodeAt(read(source), '/a/0/b')
    return present?.kind === 'scalar' && present.text === text
      ? []
      : [{ text, edited: written(source, text) }]
  })

  it('in any style is read as it was written, and what is beside it stays', () => {
    for (const { text, edited } of cases) {
      const root = read(edited)
      expect([text, nodeAt(root, '/a/0/b')]).toMatchObject([text, { type: 'str', text }])
      expect(nodeAt(root, '/a/0/c')).toMatchObject({ text: 'keep' })
    }
  })

  it.skipIf(!HAS_PYYAML)('is read so by PyYAML, too', () => {
    const results = readByPyYaml(cases.map(({ edited }) => edited))
    for (const [at, { text }] of cases.entries()) {
      const fields = JSON.stringify(results[at])
      expect(fields).toContain(JSON.stringify(['b', text]))
      expect(fields).toContain('["c","keep"]')
    }
  })
})
