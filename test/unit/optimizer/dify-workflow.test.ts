import { describe, expect, it } from 'vitest'
import { parseWorkflow } from '../../../src/optimizer/dify-workflow.js'
import { WORKFLOW_BYTES_MAX } from '../../../src/dify/file/parsed-yaml.js'

const NODES = 'workflow: {graph: {nodes: []}}'

describe('parseWorkflow', () => {
  it('takes the name of the app', () => {
    expect(parseWorkflow(`app: {name: 全书翻译}\n${NODES}`, 'x.yml').name).toBe('全书翻译')
  })

  it.each(['dir/My flow .yml', 'dir\\My flow.yaml', 'My flow.YML'])(
    'takes the stem of the file where the app has no name: %s',
    (file) => {
      expect(parseWorkflow(`app: {name: ' '}\n${NODES}`, file).name).toBe('My flow')
      expect(parseWorkflow(NODES, file).name).toBe('My flow')
    },
  )

  it.each(['1720506191043', '007', '12345678901234567890'])(
    'keeps the node id %s as it is written, quoted or not',
    (id) => {
      for (const written of [id, `'${id}'`]) {
        const source = `workflow:\n  graph:\n    nodes:\n      - {id: ${written}, data: {type: llm}}\n`
        expect(parseWorkflow(source, 'x.yml').nodes).toMatchObject([{ id, type: 'llm' }])
      }
    },
  )

  it.each([
    ['a list', '- a', 'not a mapping at the top'],
    ['an empty file', '', 'not a mapping at the top'],
    [
      'a chat app',
      'kind: app\nmodel_config: {pre_prompt: hi}',
      'an app with one prompt, not a workflow',
    ],
    ['a mapping of something else', 'name: docker', 'no "workflow" mapping'],
    ['a graph without nodes', 'workflow: {graph: {}}', 'no list at "workflow.graph.nodes"'],
    [
      'nodes that are a mapping',
      'workflow: {graph: {nodes: {}}}',
      'no list at "workflow.graph.nodes"',
    ],
  ])('refuses %s as no workflow, with the reason', (_what, source, reason) => {
    expect(() => parseWorkflow(source, 'bad.yml')).toThrow(
      expect.objectContaining({
        code: 'OPT-EXT-010',
        message: expect.stringContaining(`bad.yml is not a Dify workflow: `),
        context: { file: 'bad.yml', reason: expect.stringContaining(reason) },
      }),
    )
  })

  it.each([
    ['broken YAML', 'a: [1, 2'],
    ['two documents', 'a: 1\n---\nb: 2'],
    ['bytes that are not UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xff])],
    ['a file over the limit', new Uint8Array(WORKFLOW_BYTES_MAX + 1)],
    ['a hundred thousand open brackets', '['.repeat(100_000)],
    ['aliases that unfold without end', aliasBomb()],
  ])('refuses %s as unparseable', (_what, source) => {
    expect(() => parseWorkflow(source, 'bad.yml')).toThrow(
      expect.objectContaining({
        code: 'OPT-EXT-003',
        message: expect.stringMatching(/^bad\.yml cannot be parsed as YAML: ./),
      }),
    )
  })

  it('gives an error that JSON can carry', () => {
    try {
      parseWorkflow('- a', 'bad.yml')
      expect.unreachable()
    } catch (error) {
      expect(JSON.parse(JSON.stringify(error))).toMatchObject({
        name: 'WorkflowError',
        code: 'OPT-EXT-010',
      })
    }
  })
})

function aliasBomb(): string {
  const levels = 'abcdefghi'.split('')
  return levels
    .map((name, level) => {
      const inner = level === 0 ? '"x"' : `*${levels[level - 1]}`
      return `${name}: &${name} [${Array.from({ length: 9 }, () => inner).join(', ')}]`
    })
    .join('\n')
}
