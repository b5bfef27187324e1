import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseYaml, WORKFLOW_BYTES_MAX } from '../../../../src/dify/file/parsed-yaml.js'

function parse(source: Uint8Array | string, bytesMax = WORKFLOW_BYTES_MAX) {
  return parseYaml(source, 'x.yml', bytesMax)
}

describe('parseYaml', () => {
  it('keeps the bytes and their digest', () => {
    const bytes = Buffer.from('a: 1\n')
    const digest = createHash('sha256').update(bytes).digest('hex')
    expect(parse(bytes)).toMatchObject({ digest, bytes, encoding: 'utf-8', notes: [] })
    expect(parse('a: 1\n').digest).toBe(digest)
  })

  it('notes what it tolerates, with its place', () => {
    const text = "a: 1\na: !x 2\nb:\t3\nc: '4\u0007\nd'\n"
    expect(parse(text).notes.map(({ kind, offset }) => [kind, offset])).toEqual(
      [
        ['control_character', text.indexOf('\u0007')],
        ['duplicate_key', 5],
        ['unknown_tag', 8],
        ['tab', text.indexOf('\t')],
        ['under_indented', text.indexOf("d'")],
      ].sort((a, b) => order(a[0]) - order(b[0])),
    )
    expect(parse(Buffer.from('a: 1', 'utf16le')).notes).toMatchObject([{ kind: 'encoding' }])
  })

  it('has a limited number of notes of each kind', () => {
    const kinds = parse(`${'a: 1\n'.repeat(1000)}b: !x 1\n`).notes.map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'duplicate_key')).toHaveLength(200)
    expect(kinds).toContain('unknown_tag')
  })

  it('counts the bytes of a text, and not its characters', () => {
    expect(parse('"äöü"', 8).root).toMatchObject({ text: 'äöü' })
    expect(() => parse('"äöü"', 7)).toThrow('it has 8 bytes, the limit is 7')
  })

  it('refuses with the file, the reason and the place', () => {
    expect(() => parse('a: 1\nb: "x')).toThrow(
      expect.objectContaining({
        code: 'OPT-EXT-003',
        message:
          'x.yml cannot be parsed as YAML: a text in quotes does not end at line 2, column 4',
        context: {
          file: 'x.yml',
          reason: 'a text in quotes does not end at line 2, column 4',
          fault: 'a text in quotes does not end',
          line: 2,
          column: 4,
        },
      }),
    )
    expect(() => parse(Buffer.from('a: é\nb: \u00ff', 'latin1'))).toThrow(
      expect.objectContaining({
        cause: expect.any(Error),
        context: expect.objectContaining({ fault: 'it is not UTF-8 text', line: 1, column: 4 }),
      }),
    )
    expect(() => parse('a: 1\n---\nb: 1')).toThrow('document at line 2, column 1')
  })
})

/** Notes come in the order in which the reader meets them: an unknown tag before the key that it belongs to. */
function order(kind: unknown): number {
  return ['control_character', 'unknown_tag', 'duplicate_key', 'tab', 'under_indented'].indexOf(
    String(kind),
  )
}
