import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { YamlError } from '../../../../src/dify/file/yaml-cursor.js'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'
import { PlainValues, type YamlNode } from '../../../../src/dify/file/yaml-tree.js'
import { valueOfType } from '../../../../src/dify/file/yaml-types.js'
import { HAS_PYYAML, readByPyYaml, type PyValue } from '../../../support/pyyaml.js'
import { seeded } from '../../../support/random.js'
import { REAL_FILES } from '../dify-files.js'

function parse(text: string): unknown {
  return new PlainValues('text').of(readYaml(text, () => undefined))
}

describe('merge keys', () => {
  it.each([
    ['an alias', '- &a {x: 1, y: 2}\n- {<<: *a, y: 3}', { x: '1', y: '3' }],
    ['a mapping in place', '- 0\n- {<<: {x: 1}, y: 2}', { x: '1', y: '2' }],
    [
      'a list, whose earlier mappings win',
      '- [&a {x: 1}, &b {x: 2, y: 2}]\n- {<<: [*a, *b]}',
      { x: '1', y: '2' },
    ],
    ['an alias of a list', '- &l [{x: 1}, {x: 2}]\n- {<<: *l}', { x: '1' }],
    [
      'a mapping that has a merge key itself',
      '- [&a {x: 1}, &b {<<: *a, y: 2}]\n- {<<: *b, z: 3}',
      { x: '1', y: '2', z: '3' },
    ],
    ['several keys, whose later ones win', '- &a {x: 1}\n- {<<: *a, <<: {x: 2}}', { x: '2' }],
    ['a key after the own ones', '- &a {x: 1}\n- {x: 2, <<: *a}', { x: '2' }],
    ['a key named __proto__', '- &a {__proto__: 1}\n- {<<: *a}', JSON.parse('{"__proto__":"1"}')],
  ])('take %s, as PyYAML does', (_what, text, merged) => {
    expect(parse(text)).toEqual([expect.anything(), merged])
  })

  it('are texts when they are quoted', () => {
    expect(parse(`{'<<': {x: 1}}`)).toEqual({ '<<': { x: '1' } })
  })

  it.each(['{<<: text}', '{<<: [text]}', '{<<: }'])('refuse what is not a mapping: %s', (text) => {
    expect(() => parse(text)).toThrow('a merge key "<<" takes mappings only')
  })
})

describe('readYaml', () => {
  it('reads a file with many aliases of a small text', () => {
    const text = `texts: [&t "one text for all"]\nnodes:\n${'- {text: *t}\n'.repeat(5000)}`
    expect(parse(text)).toMatchObject({
      nodes: { length: 5000, 4999: { text: 'one text for all' } },
    })
  })

  it('takes the latest anchor of a name before an alias', () => {
    expect(parse('[&a 1, *a, &a 2, *a]')).toEqual(['1', '1', '2', '2'])
  })

  it('takes the last of two keys', () => {
    expect(parse('a: 1\nb: 2\na: 3')).toEqual({ a: '3', b: '2' })
  })

  it('reads tags of the core schema', () => {
    expect(parse('[!!str 1, !!int "2", ! yes, !!str , !x y]')).toEqual(['1', '2', true, '', 'y'])
  })

  it.each([
    ['an alias without an anchor', 'a: *b', 'the alias *b has no anchor before it'],
    ['an alias within its own anchor', 'a: &a [*a]', 'the alias *a is part of what it refers to'],
    ['a list as a key', '[a]: b', 'a key is a list or a mapping, expected a text'],
    ['an anchored mapping as a key', '- &a {x: 1}\n- {*a : b}', 'a key is a list or a mapping'],
    ['a second document', 'a: 1\n---\nb: 2', 'it holds more than one document'],
    ['an open bracket', 'a:\n  - [1, 2\nb: c', 'expected "," or "]"'],
    ['something behind the document', '[a] b', 'expected the end of the document'],
  ])('refuses %s', (_what, text, reason) => {
    expect(() => parse(text)).toThrow(reason)
  })

  it('limits what aliases unfold to in values, characters and levels', () => {
    const chain = Array.from(
      { length: 120 },
      (_, at) => `- &a${at} [${at === 0 ? 'x' : `*a${at - 1}`}]`,
    )
    const long = `- &t "${'x'.repeat(100_000)}"\n${'- *t\n'.repeat(400)}`
    const wide = `- &w [${'x,'.repeat(2000)}]\n${'- *w\n'.repeat(600)}`
    const merged = `- &m {${Array.from({ length: 2000 }, (_, at) => `k${at}: ,`).join('')}}\n${'- {<<: *m}\n'.repeat(600)}`
    for (const text of [chain.join('\n'), long, wide, merged]) {
      expect(() => parse(text)).toThrow('its aliases unfold to more than')
    }
  })
})

/** Pieces that YAML is made of, and some that are hard to read. */
const PIECES = [
  'a',
  'b: ',
  '- ',
  '  ',
  '\n',
  '\n  ',
  '\n    ',
  '"',
  "'",
  '|',
  '>',
  '|-',
  '>+',
  '|2',
  ': ',
  ':',
  '#',
  ' #',
  '[',
  ']',
  '{',
  '}',
  ',',
  '&a ',
  '*a',
  '? ',
  '!!str ',
  '!',
  '<<: ',
  'yes',
  '017',
  '12:30',
  '1_0',
  '2024-01-01',
  '\t',
  '\r\n',
  '\\n',
  '\\U0001F914',
  '\u2028',
  'x\\',
  '---',
  '...',
  '%',
  'é',
  '0o1',
  '1.5',
  '.inf',
  '~',
  'null',
  '@',
  '`',
  '-',
  'key: v\n',
  '- x\n',
  '"q: \n w"',
  ' ',
]

describe.skipIf(!HAS_PYYAML)('beside PyYAML, which Dify reads its files with', () => {
  it('reads every real file to the same values, and refuses the same one', () => {
    const python = readByPyYaml(REAL_FILES.map(([, bytes]) => bytes))
    const trees = REAL_FILES.map(([, bytes]) => tree(Buffer.from(bytes).toString()))
    const wrong = REAL_FILES.filter((_file, at) => !isSame(python[at], trees[at]))
    expect(wrong.map(([name]) => name)).toEqual([])
    const unread = REAL_FILES.filter((_file, at) => trees[at] === undefined)
    expect(unread.map(([name]) => name)).toEqual([
      'Formyselfonly+Awesome-Dify-Workflow-EN/Workflow-Store/chatbot.yml',
    ])
  })

  it('accepts every random text that PyYAML accepts, with the same values', () => {
    const { seed, numRuns } = seeded(5000)
    const piece = fc.constantFrom(...PIECES)
    const made = fc.sample(fc.array(piece, { maxLength: 14 }), { seed, numRuns })
    const texts = made.map((pieces) => pieces.join(''))
    const python = readByPyYaml(texts)
    expect(texts.filter((text, at) => !isSame(python[at], tree(text)))).toEqual([])
    expect(python.filter(({ ok }) => ok !== undefined).length).toBeGreaterThan(numRuns / 10)
  })
})

describe.skipIf(!HAS_PYYAML)('what PyYAML refuses and this reader takes', () => {
  it.each([
    'a: 1\t\n',
    'a: 1\n\t\nb: 2',
    'a: 1\n  \t\nb: 2',
    'a: []\t\n',
    "a: 'x'\t# c\n",
    'a: [1,\t2]',
    'a: |\n  x\n\t\nb: 1',
    'a: 1 \t# c\n',
    '\t\na: 1',
    'a: 1\n\t# c\n',
    'a:\t\n  b: 1',
    'a: |\t\n  x\n',
    'a: 1\n\t',
    'a: &ä 1',
    'a: &b? 1',
    'a: !!int b',
    'a: !!bool b',
    'a: 2024-02-30',
    'a: !!timestamp b',
    'a: !unknown b',
    'a: =',
    'a: [=, b]',
  ])('is noted: %j', (text) => {
    const notes: string[] = []
    readYaml(text, (kind) => void notes.push(kind))
    expect(notes).toHaveLength(1)
    expect(readByPyYaml([text])[0]?.ok).toBeUndefined()
  })

  it('is not what it reads without a note', () => {
    const texts = [
      'a: |\n  x\n  \t\nb: 1',
      "a: 'x\ty'",
      "a: 'x\n\ty'",
      '# c\t\na: 1',
      'a: &b-_9 1\nb: *b-_9',
      'a: 2024-02-29',
      '=: a',
      'a: !!float 1e5',
    ]
    for (const text of texts)
      readYaml(text, (kind) => {
        throw new Error(`${kind} in ${text}`)
      })
    expect(readByPyYaml(texts).filter(({ ok }) => ok === undefined)).toEqual([])
  })
})

/** Undefined for a text that is refused; only by a YamlError. */
function tree(text: string): YamlNode | undefined {
  try {
    return readYaml(text, () => undefined)
  } catch (error) {
    if (error instanceof YamlError) return undefined
    throw error
  }
}

/** Whether what PyYAML reads is read, to the same. What it refuses may be read, with a note. */
function isSame(
  python: ReturnType<typeof readByPyYaml>[number] | undefined,
  node: YamlNode | undefined,
): boolean {
  if (python?.ok === undefined) return true
  return node !== undefined && isEqual(python.ok, node)
}

function isEqual(value: PyValue, node: YamlNode): boolean {
  if (typeof value === 'string') return node.kind === 'scalar' && node.text === value
  if (isList(value)) {
    return (
      node.kind === 'list' &&
      node.items.length === value.length &&
      node.items.every((item, at) => isEqual(value[at] ?? '', item))
    )
  }
  if ('map' in value) {
    return (
      node.kind === 'map' &&
      value.map.every(([key, field]) => {
        // A key of another type is known by its characters.
        if (typeof key !== 'string') return true
        const child = node.entries.get(key)
        return child !== undefined && isEqual(field, child)
      })
    )
  }
  return node.kind === 'scalar' && node.type === value.type && isSameScalar(value.value, node)
}

function isSameScalar(written: string | undefined, { text, type }: YamlNode & { kind: 'scalar' }) {
  const value = valueOfType(text, type)
  if (type === 'int' || type === 'float')
    return typeof value === 'string' || value === Number(written)
  return type !== 'bool' || String(value) === written
}

function isList(value: PyValue): value is readonly PyValue[] {
  return Array.isArray(value)
}
