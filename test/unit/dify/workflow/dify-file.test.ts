import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type CarriedText,
  fileBytesMaxOption,
  parsedYamlOf,
  parseDifyFile,
} from '../../../../src/dify/workflow/dify-file.js'
import { EXPECTED, EXTRA, REAL_FILES, workflowOf } from '../dify-files.js'

const readable = EXPECTED.filter(({ valid_yaml }) => valid_yaml)

describe('parseDifyFile over the 88 further real files', () => {
  it.each(readable.map((each) => [each.file, each] as const))(
    'finds the expected texts of %s, by kind, place and hash',
    (name, expected) => {
      const file = parseDifyFile(readFileSync(join(EXTRA, name)), name)
      const { carriers = [], llm_texts = [] } = expected
      const texts = file.texts.filter(({ text }) => text.trim() !== '')
      expect(
        texts.map((text) => `${text.carrier} ${whereOf(text)} ${hashOf(text)}`).sort(),
      ).toEqual(carriers.map(({ kind, where, sha }) => `${kind} ${where} ${sha}`).sort())
      const messages = texts.filter(({ carrier }) => /^llm\.(?!memory)/.test(carrier))
      expect(messages.map(hashOf)).toEqual(llm_texts)
      expect({
        sha256: file.digest,
        kind: file.kind,
        app_name: file.name,
        app_mode: file.mode,
        nodes: file.nodes.length,
      }).toEqual({
        sha256: expected.sha256,
        kind: expected.kind ?? 'app',
        app_name: expected.app_name,
        app_mode: expected.app_mode,
        nodes: expected.nodes,
      })
    },
  )

  it('refuses the one that Dify cannot read', () => {
    const [broken] = EXPECTED.filter(({ valid_yaml }) => !valid_yaml)
    expect(() =>
      parseDifyFile(readFileSync(join(EXTRA, broken?.file ?? '')), 'broken.yml'),
    ).toThrow(expect.objectContaining({ code: 'OPT-EXT-003' }))
  })
})

function whereOf({ pointer }: CarriedText): string {
  return pointer
    .slice(1)
    .replace(/\/(?:jinja2_)?text$/, '')
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
}

function hashOf({ text }: CarriedText): string {
  return createHash('sha256').update(text).digest('hex')
}

describe('parseDifyFile', () => {
  it('has the place of every text in the file', () => {
    for (const [name, bytes] of REAL_FILES) {
      if (name.endsWith('chatbot.yml')) continue
      const lines = Buffer.from(bytes).toString().split('\n')
      for (const { line, column, pointer } of parseDifyFile(bytes, name).texts) {
        const before = lines[line - 1]?.slice(0, column - 1) ?? ''
        const key = pointer.split('/').at(-1) ?? ''
        expect(before.trim().replace(/^- /, ''), `${name} ${pointer}`).toBe(`${key}:`)
      }
    }
  })

  it('takes the name of the app or of the pipeline', () => {
    expect(
      parseDifyFile(`rag_pipeline: {name: R}\nkind: rag_pipeline\n${workflowOf()}`, 'x.yml'),
    ).toMatchObject({
      kind: 'rag_pipeline',
      name: 'R',
    })
    expect(parseDifyFile('app: {name: 12}\nworkflow: {graph: {nodes: []}}', 'x.yml').name).toBe(
      '12',
    )
  })

  it('treats a file of another kind as an app, as Dify does, with a note', () => {
    const { kind, notes } = parseDifyFile(`kind: dataset\n${workflowOf()}`, 'x.yml')
    expect(kind).toBe('app')
    expect(notes).toEqual([
      {
        kind: 'kind',
        message: "the kind is 'dataset'; Dify treats the file as an app",
        line: 1,
        column: 7,
        pointer: '/kind',
      },
    ])
  })

  it('notes what was tolerated, in the order of the file', () => {
    const source = `${workflowOf('{type: llm, prompt_template: [{role: user, text: 1}]}')}\napp: {mode: workflow}\n`
    expect(parseDifyFile(source, 'x.yml').notes).toMatchObject([
      { kind: 'bad_item', line: 5, pointer: '/workflow/graph/nodes/0/data/prompt_template/0/text' },
      { kind: 'duplicate_key', line: 7, column: 1, pointer: '' },
    ])
  })

  it('reads the whole as YAML 1.1 does, and ids without losing a digit', () => {
    const { value, nodes } = parseDifyFile(
      `${workflowOf('{type: llm, a: yes, b: 017, c: 12345678901234567890}')}      - {id: 12345678901234567890}`,
      'x.yml',
    )
    expect(value).toMatchObject({
      workflow: { graph: { nodes: [{ data: { a: true, b: 15, c: '12345678901234567890' } }, {}] } },
    })
    expect(nodes.map(({ id }) => id)).toEqual(['n0', '12345678901234567890'])
    expect(nodes[0]?.data).toEqual({ type: 'llm', a: true, b: '017', c: '12345678901234567890' })
  })

  it('returns the same for the same bytes and name, and keeps them apart by name', () => {
    const source = workflowOf('{type: end}')
    const file = parseDifyFile(source, 'x.yml')
    expect(parseDifyFile(Buffer.from(source), 'x.yml')).toBe(file)
    expect(parseDifyFile(source, 'y.yml')).toMatchObject({ file: 'y.yml', digest: file.digest })
    expect(Object.isFrozen(file)).toBe(true)
    expect(parsedYamlOf(file).digest).toBe(file.digest)
    expect(parsedYamlOf({ ...file }).digest).toBe(file.digest)
  })

  it.each([
    ['a list', '- a', 'not a mapping at the top'],
    ['a mapping of something else', 'name: docker', 'no "workflow" mapping'],
    ['a workflow without one', 'app: {mode: workflow}\nmodel_config: {}', `its mode is 'workflow'`],
    ['a graph without nodes', 'workflow: {graph: {}}', 'no list at "workflow.graph.nodes"'],
  ])('refuses %s, with the reason', (_what, source, reason) => {
    expect(() => parseDifyFile(source, 'bad.yml')).toThrow(
      expect.objectContaining({
        code: 'OPT-EXT-010',
        context: { file: 'bad.yml', reason: expect.stringContaining(reason) },
      }),
    )
  })

  it('refuses wrong arguments and options', () => {
    expect(() => parseDifyFile(1 as never, 'x')).toThrow('Argument "source" must be a text')
    expect(() => parseDifyFile('a', '')).toThrow('Argument "file" must be a non-empty string')
    expect(() => parseDifyFile('a', 'x', { bytesMax: 1 } as never)).toThrow('bytesMax')
    expect(() => fileBytesMaxOption(0)).toThrow(RangeError)
    expect(fileBytesMaxOption(undefined)).toBe(1024 * 1024)
  })
})
